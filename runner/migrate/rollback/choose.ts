import { HowdahError } from '../../core/errors.ts'
import {
  beforeMigration,
  type ComparedMigration,
  type Comparison,
  isApplied,
  migrationOrder,
  NO_MIGRATION,
} from '../history/compare.ts'

/** What `--to` may say for the state before the first migration. */
const BEFORE_ALL: readonly string[] = [NO_MIGRATION, '0']

/**
 * Which migrations have to be undone so that `target` is the newest one that is applied, newest first. Those that are half
 * undone are among them. Pure.
 * @throws HowdahError rollback-target-unknown, rollback-impossible
 */
export function chooseMigrations(comparison: Comparison, target: string): readonly ComparedMigration[] {
  const { migrations, missingOnDisk } = comparison
  const all = BEFORE_ALL.includes(target)
  const found = migrations.find(({ files }) => files.name === target)
  if (!all && found?.state !== 'half-undone' && !(found && isApplied(found)))
    throw new HowdahError('rollback-target-unknown', {
      target,
      reason: whyNoTarget(found, missingOnDisk, target),
    })
  const isNewer = (name: string) => all || migrationOrder(name, target) > 0
  refuseFailed(migrations)
  refuseMissing(missingOnDisk.filter(isNewer))
  const half = migrations.find(({ state, files }) => state === 'half-undone' && !isNewer(files.name))
  if (half) {
    const migration = half.files.name
    throw new HowdahError('migration-half-undone', { migration, to: beforeMigration(comparison, migration) })
  }
  const chosen = migrations.filter(
    each => isNewer(each.files.name) && (isApplied(each) || each.state === 'half-undone'),
  )
  refuseEdited(chosen)
  return chosen.toSorted((a, b) => migrationOrder(b.files.name, a.files.name))
}

function whyNoTarget(
  found: ComparedMigration | undefined,
  missing: readonly string[],
  target: string,
): string {
  if (found) return found.state === 'pending' ? 'it is not applied' : 'it failed or was cut off'
  return missing.includes(target) ? 'it is applied, but not on disk' : 'there is no such migration'
}

function refuseFailed(migrations: readonly ComparedMigration[]): void {
  const failed = migrations.find(({ state }) => state === 'failed' || state === 'recoverable')
  if (!failed) return
  const { name } = failed.files
  throw new HowdahError('rollback-impossible', {
    problems: [`${name} failed or was cut off while it was applied`],
    instead:
      failed.state === 'recoverable'
        ? 'Nothing was changed. `howdah migrate deploy` goes on with it; after that it can be undone.'
        : `Nothing was changed. Put right by hand what it left behind, then \`howdah migrate resolve --rolled-back ${name}\`.`,
  })
}

function refuseMissing(missing: readonly string[]): void {
  if (missing.length === 0) return
  throw new HowdahError('rollback-impossible', {
    problems: missing.map(name => `${name} is applied, but not on disk, so its down.sql is not known`),
    instead:
      'Nothing was changed. Roll back from the checkout that was deployed, which has these migrations.',
  })
}

function refuseEdited(chosen: readonly ComparedMigration[]): void {
  const [first] = chosen.filter(({ edited }) => edited)
  if (first) throw new HowdahError('migration-edited', { migration: first.files.name, file: 'migration.sql' })
}
