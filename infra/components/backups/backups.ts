import * as aws from '@pulumi/aws'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Output,
} from '@pulumi/pulumi'
import { trustedService } from '../iam-documents.ts'
import { RefusedSetting } from '../refused-setting.ts'
import { transformed } from '../transform.ts'
import { backupStatements, createRole, restoreStatements } from './backup-roles.ts'
import type { BackupsArgs } from './backups-args.ts'
import { createDumps } from './dumps.ts'
import { checkDumps } from './dumps-bucket.ts'
import { createPlan } from './plan.ts'
import { type GenerationRule, generationRules } from './plan-rules.ts'
import { createRestoreTesting } from './restore-testing.ts'
import { checkRetention, ownsAutomatedBackups } from './retention.ts'
import { createVault } from './vault.ts'
import { lockTerms } from './vault-lock.ts'

export type { BackupsArgs, BackupsTransform, DumpsArgs, RestoreTestingArgs } from './backups-args.ts'
export { ownsAutomatedBackups, type Retention } from './retention.ts'
export type { VaultLock } from './vault-lock.ts'

const FIRST_HOUR = 3

/**
 * Snapshots by AWS Backup, copied to the recovery region and to another account, restored by way of test; automated backups
 * replicated to the recovery region; a bucket for logical dumps. Nothing is registered if a setting is refused (`RefusedSetting`).
 */
export class Backups extends ComponentResource {
  readonly vaultArn: Output<string>
  readonly vaultName: Output<string>
  readonly recoveryVaultArn: Output<string> | undefined
  /** To restore from in the recovery region. */
  readonly automatedBackupsReplicationArn: Output<string> | undefined
  readonly restoreTestingPlanArn: Output<string> | undefined
  readonly dumpsBucketName: Output<string> | undefined
  readonly dumpsBucketArn: Output<string> | undefined
  readonly recoveryDumpsBucketName: Output<string> | undefined
  readonly dumpWriterRoleArn: Output<string> | undefined
  readonly dumpReaderRoleArn: Output<string> | undefined

  constructor(name: string, args: BackupsArgs, options?: ComponentResourceOptions) {
    const rules = checked(args)
    super('howdah:aws:Backups', name, {}, options)
    const { estate, dumps: dumpsArgs, restoreTesting } = args
    const child = { parent: this }
    const vault = createVault(
      {
        name: `${name}-vault`,
        estate,
        region: estate.region,
        keyArn: args.vault.keyArn,
        lock: args.vault.lock,
        keptDays: keptDays(rules),
        transform: args.transform ?? {},
      },
      child,
    )
    const recoveryVault = this.#recoveryVault(name, args, rules)
    const copyTo = [
      ...(recoveryVault ? [recoveryVault.arn] : []),
      ...(args.otherAccountVaultArn === undefined ? [] : [args.otherAccountVaultArn]),
    ]
    const scope = {
      accountId: args.accountId,
      regions: [estate.region, ...(recoveryVault && estate.recoveryRegion ? [estate.recoveryRegion] : [])],
      instanceArn: args.instance.arn,
      vaultArns: [vault.arn, ...copyTo],
      keyArns: [
        args.instance.keyArn,
        args.vault.keyArn,
        ...(recoveryVault && args.recovery ? [args.recovery.keyArn] : []),
      ],
      continuous: ownsAutomatedBackups(args.retention),
    }
    const role = (kind: 'backup' | 'restore-test') =>
      createRole(
        {
          name: `${name}-${kind}-role`,
          awsName: `${estate.prefix}-${kind}`,
          description:
            kind === 'backup' ? 'AWS Backup takes snapshots.' : 'AWS Backup restores by way of test.',
          estate,
          trust: trustedService('backup.amazonaws.com'),
          statements: kind === 'backup' ? backupStatements(scope) : restoreStatements(scope),
          transform: args.transform ?? {},
        },
        child,
      )
    createPlan({ name, args, rules, vault, copyTo, role: role('backup') }, child)
    const testing =
      restoreTesting &&
      createRestoreTesting(
        {
          name,
          args,
          testing: restoreTesting,
          continuous: scope.continuous,
          vault,
          role: role('restore-test'),
        },
        child,
      )
    const dumps = dumpsArgs && createDumps(name, args, dumpsArgs, child)
    this.vaultArn = vault.arn
    this.vaultName = vault.name
    this.recoveryVaultArn = recoveryVault?.arn
    this.automatedBackupsReplicationArn = replicateAutomatedBackups(name, args, child)?.id
    this.restoreTestingPlanArn = testing?.arn
    this.dumpsBucketName = dumps?.bucket.bucket
    this.dumpsBucketArn = dumps?.bucket.arn
    this.recoveryDumpsBucketName = dumps?.recoveryBucket?.bucket
    this.dumpWriterRoleArn = dumps?.writer.arn
    this.dumpReaderRoleArn = dumps?.reader.arn
    this.registerOutputs({
      vaultArn: this.vaultArn,
      recoveryVaultArn: this.recoveryVaultArn,
      automatedBackupsReplicationArn: this.automatedBackupsReplicationArn,
      restoreTestingPlanArn: this.restoreTestingPlanArn,
      dumpsBucketName: this.dumpsBucketName,
      recoveryDumpsBucketName: this.recoveryDumpsBucketName,
      dumpWriterRoleArn: this.dumpWriterRoleArn,
      dumpReaderRoleArn: this.dumpReaderRoleArn,
    })
  }

  #recoveryVault(
    name: string,
    args: BackupsArgs,
    rules: readonly GenerationRule[],
  ): aws.backup.Vault | undefined {
    const { estate, recovery } = args
    if (recovery?.lock === undefined || estate.recoveryRegion === undefined) return undefined
    return createVault(
      {
        name: `${name}-recovery-vault`,
        estate,
        region: estate.recoveryRegion,
        keyArn: recovery.keyArn,
        lock: recovery.lock,
        keptDays: keptDays(copied(rules)),
        transform: args.transform ?? {},
      },
      { parent: this },
    )
  }
}

/** All that can be refused, before anything is registered; the rules of the plan. */
function checked(args: BackupsArgs): readonly GenerationRule[] {
  checkRetention(args.retention)
  if (args.dumps) checkDumps(args.dumps)
  if ((args.recovery || args.dumps?.recoveryKeyArn !== undefined) && args.estate.recoveryRegion === undefined)
    throw new RefusedSetting('howdah:recoveryRegion', 'there is no region for copies of backups; name one')
  const rules = generationRules(args.retention, args.firstHour ?? FIRST_HOUR)
  lockTerms(args.vault.lock, keptDays(rules))
  if (args.recovery?.lock) lockTerms(args.recovery.lock, keptDays(copied(rules)))
  return rules
}

const keptDays = (rules: readonly GenerationRule[]) => rules.map(rule => rule.keepDays)
const copied = (rules: readonly GenerationRule[]) => rules.filter(rule => rule.copied)

/**
 * The instance's own backups with their WAL in the recovery region: a point in time there without an instance that runs.
 * AWS cannot change its retention, and has one replication an instance: another retention ends it and begins it anew. What was
 * copied until then stays for the retention it was copied with (RDS User Guide, "Stopping automated backup replication"), so
 * that there is nothing to protect, and protection would refuse every later change of retention.
 */
function replicateAutomatedBackups(
  name: string,
  { estate, instance, recovery, transform }: BackupsArgs,
  options: CustomResourceOptions,
): aws.rds.InstanceAutomatedBackupsReplication | undefined {
  if (recovery?.automatedBackupsDays === undefined || estate.recoveryRegion === undefined) return undefined
  return new aws.rds.InstanceAutomatedBackupsReplication(
    `${name}-automated`,
    ...transformed(
      transform?.automatedBackupsReplication,
      {
        sourceDbInstanceArn: instance.arn,
        retentionPeriod: recovery.automatedBackupsDays,
        kmsKeyId: recovery.keyArn,
        region: estate.recoveryRegion,
      },
      { ...options, deleteBeforeReplace: true },
    ),
  )
}
