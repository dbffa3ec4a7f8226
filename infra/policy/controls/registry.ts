import { alarmActions } from './alarm-actions.ts'
import { alarmActionsEnabled } from './alarm-actions-enabled.ts'
import { backupVaultEncrypted } from './backup-vault-encrypted.ts'
import type { Control } from './control.ts'
import { ecrEncryptedWithKms } from './ecr-encrypted-with-kms.ts'
import { ecrImmutableTags } from './ecr-immutable-tags.ts'
import { ecrLifecycle } from './ecr-lifecycle.ts'
import { ecrScanning } from './ecr-scanning.ts'
import { ecsContainerInsights } from './ecs-container-insights.ts'
import { ecsLatestPlatform } from './ecs-latest-platform.ts'
import { ecsLogging } from './ecs-logging.ts'
import { ecsNoHostProcesses } from './ecs-no-host-processes.ts'
import { ecsNoPublicIp } from './ecs-no-public-ip.ts'
import { ecsNoSecretsInEnvironment } from './ecs-no-secrets-in-environment.ts'
import { ecsNotPrivileged } from './ecs-not-privileged.ts'
import { ecsNotRoot } from './ecs-not-root.ts'
import { ecsReadOnlyRoot } from './ecs-read-only-root.ts'
import { iamNoAdministrator } from './iam-no-administrator.ts'
import { iamNoDecryptionWithAllKeys } from './iam-no-decryption-with-all-keys.ts'
import { iamNoServiceWildcard } from './iam-no-service-wildcard.ts'
import { kmsNotPublic } from './kms-not-public.ts'
import { kmsRotation } from './kms-rotation.ts'
import { loadBalancerProtected } from './load-balancer-protected.ts'
import { loadBalancerZones } from './load-balancer-zones.ts'
import { logRetention } from './log-retention.ts'
import { rdsAutomaticBackups } from './rds-automatic-backups.ts'
import { rdsBackupPlan } from './rds-backup-plan.ts'
import { rdsCustomAdmin } from './rds-custom-admin.ts'
import { rdsCustomPort } from './rds-custom-port.ts'
import { rdsDeletionProtection } from './rds-deletion-protection.ts'
import { rdsEnhancedMonitoring } from './rds-enhanced-monitoring.ts'
import { rdsForceSsl } from './rds-force-ssl.ts'
import { rdsIamAuthentication } from './rds-iam-authentication.ts'
import { rdsInVpc } from './rds-in-vpc.ts'
import { rdsInstanceEncrypted } from './rds-instance-encrypted.ts'
import { rdsInstanceEvents } from './rds-instance-events.ts'
import { rdsInstanceNotPublic } from './rds-instance-not-public.ts'
import { rdsInstanceTagged } from './rds-instance-tagged.ts'
import { rdsLogsExported } from './rds-logs-exported.ts'
import { rdsMinorUpgrades } from './rds-minor-upgrades.ts'
import { rdsMultiAz } from './rds-multi-az.ts'
import { rdsParameterGroupEvents } from './rds-parameter-group-events.ts'
import { rdsPrivateSubnets } from './rds-private-subnets.ts'
import { rdsProxyTls } from './rds-proxy-tls.ts'
import { rdsSecurityGroupEvents } from './rds-security-group-events.ts'
import { rdsSnapshotEncrypted } from './rds-snapshot-encrypted.ts'
import { rdsSnapshotPrivate } from './rds-snapshot-private.ts'
import { rdsSnapshotTagged } from './rds-snapshot-tagged.ts'
import { rdsSubnetGroupTagged } from './rds-subnet-group-tagged.ts'
import { rdsTagsCopied } from './rds-tags-copied.ts'
import { s3BlockPublicAccess } from './s3-block-public-access.ts'
import { s3EncryptedWithKms } from './s3-encrypted-with-kms.ts'
import { s3Lifecycle } from './s3-lifecycle.ts'
import { s3ObjectLock } from './s3-object-lock.ts'
import { s3TlsOnly } from './s3-tls-only.ts'
import { s3Versioning } from './s3-versioning.ts'
import { secretRotation } from './secret-rotation.ts'
import { secretRotationPeriod } from './secret-rotation-period.ts'
import { securityGroupBounded } from './security-group-bounded.ts'
import { snsEncrypted } from './sns-encrypted.ts'
import { snsNotPublic } from './sns-not-public.ts'
import { subnetNoPublicIp } from './subnet-no-public-ip.ts'
import { vpcDefaultGroupClosed } from './vpc-default-group-closed.ts'
import { vpcFlowLogs } from './vpc-flow-logs.ts'

/** Every control, by service and number, as the report lists them. */
export const CONTROLS: readonly Control[] = [
  rdsSnapshotPrivate,
  rdsInstanceNotPublic,
  rdsInstanceEncrypted,
  rdsSnapshotEncrypted,
  rdsMultiAz,
  rdsEnhancedMonitoring,
  rdsDeletionProtection,
  rdsLogsExported,
  rdsIamAuthentication,
  rdsAutomaticBackups,
  rdsMinorUpgrades,
  rdsTagsCopied,
  rdsInVpc,
  rdsInstanceEvents,
  rdsParameterGroupEvents,
  rdsSecurityGroupEvents,
  rdsCustomPort,
  rdsCustomAdmin,
  rdsBackupPlan,
  rdsInstanceTagged,
  rdsSnapshotTagged,
  rdsSubnetGroupTagged,
  rdsForceSsl,
  rdsProxyTls,
  rdsPrivateSubnets,
  secretRotation,
  secretRotationPeriod,
  backupVaultEncrypted,
  s3TlsOnly,
  s3BlockPublicAccess,
  s3Lifecycle,
  s3Versioning,
  s3ObjectLock,
  s3EncryptedWithKms,
  kmsRotation,
  kmsNotPublic,
  ecrScanning,
  ecrImmutableTags,
  ecrLifecycle,
  ecrEncryptedWithKms,
  ecsNoPublicIp,
  ecsNoHostProcesses,
  ecsNotPrivileged,
  ecsReadOnlyRoot,
  ecsNoSecretsInEnvironment,
  ecsLogging,
  ecsLatestPlatform,
  ecsContainerInsights,
  ecsNotRoot,
  logRetention,
  alarmActions,
  alarmActionsEnabled,
  snsEncrypted,
  snsNotPublic,
  vpcDefaultGroupClosed,
  vpcFlowLogs,
  subnetNoPublicIp,
  securityGroupBounded,
  loadBalancerProtected,
  loadBalancerZones,
  iamNoAdministrator,
  iamNoDecryptionWithAllKeys,
  iamNoServiceWildcard,
]
