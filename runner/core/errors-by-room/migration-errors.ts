import { EXIT } from '../exit-codes.ts'

/** Migrations and their record. */
export const MIGRATION_ERRORS = {
  'run-lock-timeout': {
    exit: EXIT.busy,
    message: (p: { waitedMs: number; holder: string }) =>
      `another migration run holds the lock; gave up after ${Math.round(p.waitedMs / 1000)} s. Holder: ${p.holder}`,
    hint: () =>
      'Wait for it to finish and run again, or raise --run-lock-budget-ms. A dead holder is freed when its connection ends.',
  },
  'migrations-unreadable': {
    exit: EXIT.usage,
    message: (p: { path: string; reason: string }) => `cannot read ${p.path}: ${p.reason}`,
    hint: () => 'Check the path and its permissions; --database names the folder below prisma/.',
  },
  'migration-file-missing': {
    exit: EXIT.refused,
    message: (p: { migration: string }) => `migration ${p.migration} has no migration.sql`,
    hint: () => 'Restore the file from version control, or delete the empty folder if it was never applied.',
  },
  'migration-edited': {
    exit: EXIT.refused,
    message: (p: { migration: string; file: string }) =>
      `${p.migration}/${p.file} was edited after it was applied: its checksum differs from the recorded one`,
    hint: () =>
      'Restore the applied text (`git log -p` on the file shows it) and put the change into a new migration.',
  },
  'gate-closed': {
    exit: EXIT.refused,
    message: (p: { gate: string; problem: string }) => `${p.problem} (gate ${p.gate})`,
    hint: (p: { gate: string; instead: string }) =>
      `${p.instead}. Or go ahead, on record: --allow "${p.gate}=<reason>".`,
  },
  'directive-invalid': {
    exit: EXIT.refused,
    message: (p: { location: string; problem: string }) => `${p.location}: ${p.problem}`,
    hint: () =>
      'A directive is a comment at the head of the file: `-- howdah: transaction=statement, lock_timeout=500ms`.',
  },
  'migration-sql-invalid': {
    exit: EXIT.refused,
    message: (p: { location: string; reason: string }) => `${p.location}: ${p.reason}`,
    hint: () => "The file was read with Postgres' own grammar before anything was sent; nothing was changed.",
  },
  'statement-unsupported': {
    exit: EXIT.refused,
    message: (p: { location: string; statement: string; reason: string }) =>
      `${p.location}: ${p.statement} ${p.reason}`,
    hint: (p: { instead: string }) => `Instead: ${p.instead}`,
  },
  'migration-failed': {
    exit: EXIT.failed,
    message: (p: { location: string; reason: string; sqlstate: string }) =>
      `${p.location}: ${p.reason} (SQLSTATE ${p.sqlstate})`,
    hint: (p: { remains: string; again: string }) =>
      `${p.remains} Correct the file and run ${p.again} again.`,
  },
  'migration-lock-timeout': {
    exit: EXIT.busy,
    message: (p: { location: string; attempts: number; waitedMs: number; blockers: readonly string[] }) => {
      const held =
        p.blockers.length > 0 ? `held up by ${p.blockers.join('; and by ')}` : 'nobody was seen holding it up'
      return `${p.location}: no table lock in ${p.attempts} attempts over ${Math.round(p.waitedMs / 1000)} s, ${held}`
    },
    hint: () =>
      'Nothing of this step remains, and nobody waited long behind it. Run again when that session has finished, or raise --lock-budget-ms.',
  },
  'hook-invalid': {
    exit: EXIT.refused,
    message: (p: { hook: string; problem: string }) => `${p.hook}: ${p.problem}`,
    hint: (p: { instead: string }) => p.instead,
  },
  'hook-failed': {
    exit: EXIT.failed,
    message: (p: { hook: string; reason: string }) => `${p.hook}: ${p.reason}`,
    hint: (p: { remains: string }) => p.remains,
  },
  'pooler-not-told': {
    exit: EXIT.failed,
    message: (p: { poolers: readonly string[]; reason: string }) =>
      `the schema is applied, but the PgBouncer at ${p.poolers.join(' and the one at ')} was not told to reconnect: ${p.reason}`,
    hint: () =>
      'Its clients may fail with "cached plan must not change result type" until it is. The next `howdah migrate deploy` tells it, also one with nothing to apply; or now: `howdah pooler reconnect`.',
  },
  'migration-failed-earlier': {
    exit: EXIT.refused,
    message: (p: { migration: string; startedAt: string }) =>
      `migration ${p.migration} failed or was cut off at ${p.startedAt}, by a tool that left no record of how far it came`,
    hint: (p: { migration: string }) =>
      `\`howdah migrate repair\` finds out how far it came, where the schema shows it. Else look at what it left behind, put it right by hand, then \`howdah migrate resolve --rolled-back ${p.migration}\` (or --applied).`,
  },
  'migration-half-undone': {
    exit: EXIT.refused,
    message: (p: { migration: string }) =>
      `a rollback of ${p.migration} failed or was cut off half way: a part of it is undone`,
    hint: (p: { to: string }) =>
      `\`howdah migrate rollback --to ${p.to}\` goes on with the first statement of its down.sql that has not taken effect; after that deploy applies it anew.`,
  },
  'rollback-target-unknown': {
    exit: EXIT.refused,
    message: (p: { target: string; reason: string }) =>
      `there is no rolling back to ${p.target}: ${p.reason}`,
    hint: () =>
      '--to takes the migration that is to stay applied, by the whole name of its folder, or "none"; `howdah migrate status` lists them.',
  },
  'rollback-impossible': {
    exit: EXIT.refused,
    message: (p: { problems: readonly string[] }) => `cannot be rolled back: ${p.problems.join('; ')}`,
    hint: (p: { instead: string }) => p.instead,
  },
  'rollback-loses-data': {
    exit: EXIT.refused,
    message: (p: { migrations: readonly string[] }) =>
      `undoing ${p.migrations.join(', ')} loses data, or cannot bring back what was lost`,
    hint: () =>
      'Nothing was changed. What is listed will be gone: take a backup, then run again with --accept-data-loss; --dry-run shows the whole plan.',
  },
  'rollback-unproved': {
    exit: EXIT.refused,
    message: (p: { problems: readonly string[] }) => `not proved to lead back: ${p.problems.join('; ')}`,
    hint: () =>
      'Nothing was changed. On a throw-away server up, down and up again must give the same schema: correct the down.sql.',
  },
  'history-missing': {
    exit: EXIT.refused,
    message: (p: { schema: string; tables: number }) =>
      `schema "${p.schema}" has ${p.tables} tables but no migration history: applying the first migration would collide with them`,
    hint: () =>
      'Mark what is already there with `howdah migrate baseline` (`--to <migration>` where not all of it is), then deploy.',
  },
  'index-invalid': {
    exit: EXIT.failed,
    message: (p: { index: string }) =>
      `index ${p.index} was built but Postgres marks it INVALID: queries do not use it`,
    hint: () => 'Run `howdah migrate deploy` again: it drops the invalid index and builds it anew.',
  },
  'ledger-newer': {
    exit: EXIT.refused,
    message: (p: { found: number; known: number }) =>
      `the howdah schema of this database has version ${p.found}; this runner knows ${p.known}`,
    hint: () => 'A newer Howdah has been here: use that version or a later one.',
  },
  'history-of-prisma-8': {
    exit: EXIT.refused,
    message: (p: { database: string }) =>
      `database "${p.database}" keeps its history as Prisma 8 does (prisma_contract.marker): what _prisma_migrations says no longer counts`,
    hint: () =>
      'Migrate this database with Prisma 8. If it was only tried there, and never written to: DROP SCHEMA prisma_contract CASCADE.',
  },
  'migration-unknown': {
    exit: EXIT.refused,
    message: (p: { migration: string; path: string }) =>
      `there is no migration ${p.migration} with a migration.sql in ${p.path}`,
    hint: () => 'Give the whole name of its folder; `howdah migrate status` lists them.',
  },
  'migration-already-applied': {
    exit: EXIT.refused,
    message: (p: { migration: string }) => `migration ${p.migration} is recorded as applied already`,
    hint: () => 'There is nothing to resolve; `howdah migrate status` tells where it stands.',
  },
  'migration-never-started': {
    exit: EXIT.refused,
    message: (p: { migration: string }) =>
      `migration ${p.migration} was never started on this database, so it cannot be marked as rolled back`,
    hint: () => 'Give the whole name of its folder; `howdah migrate status` tells which one failed.',
  },
  'migration-succeeded': {
    exit: EXIT.refused,
    message: (p: { migration: string }) =>
      `migration ${p.migration} succeeded, so it cannot be marked as rolled back`,
    hint: () =>
      'Only a migration that failed or was cut off can be. One that succeeded is undone by `howdah migrate rollback`, or by a new migration.',
  },
  'baseline-refused': {
    exit: EXIT.refused,
    message: (p: { database: string; reason: string }) =>
      `database "${p.database}" cannot be baselined: ${p.reason}`,
    hint: (p: { instead: string }) => p.instead,
  },
  'schema-unverifiable': {
    exit: EXIT.unhealthy,
    message: (p: { reason: string }) => `the schema cannot be compared with its history: ${p.reason}`,
    hint: () =>
      'What was not compared does not count as equal. `howdah migrate status` tells where the history stands.',
  },
  'manifest-stale': {
    exit: EXIT.unhealthy,
    message: (p: { database: string; first: string; more: number }) =>
      `the manifest of ${p.database} (catalogue.json) was not made from the files that are here: ${p.first}${p.more > 0 ? ` and ${p.more} more` : ''} changed since`,
    hint: (p: { database: string }) =>
      `Make it anew and commit it: \`howdah migrate verify --write-manifest --database ${p.database}\`. Or compare without it: --shadow.`,
  },
  'manifest-unreadable': {
    exit: EXIT.usage,
    message: (p: { path: string; reason: string }) => `the manifest ${p.path} cannot be used: ${p.reason}`,
    hint: (p: { database: string }) =>
      `Make it anew: \`howdah migrate verify --write-manifest --database ${p.database}\`.`,
  },
  'schema-unreadable': {
    exit: EXIT.usage,
    message: (p: { path: string; reason: string }) => `cannot read the Prisma schema ${p.path}: ${p.reason}`,
    hint: () => 'Check the path; --schema names a schema, a file or a folder of .prisma files.',
  },
  'schema-invalid': {
    exit: EXIT.usage,
    message: (p: { reason: string }) => `the Prisma schema is not valid: ${p.reason}`,
    hint: () => "Correct the schema; the words above are those of Prisma's own engine (P1012).",
  },
  'schema-engine-failed': {
    exit: EXIT.failed,
    message: (p: { reason: string }) => `Prisma's schema engine gave up: ${p.reason}`,
    hint: () => 'Nothing was written. The database must be PostgreSQL, in the schema as well (`provider`).',
  },
  'migration-name-invalid': {
    exit: EXIT.usage,
    message: (p: { name: string; problem: string }) => `"${p.name}" cannot name a migration: ${p.problem}`,
    hint: () => 'Give a short name of letters and digits: `howdah migrate new add_author`.',
  },
  'rename-undecided': {
    exit: EXIT.refused,
    message: (p: { questions: readonly string[] }) => `renamed, or dropped? ${p.questions.join('; ')}`,
    hint: (p: { flags: readonly string[] }) => `Nothing was written. Say which: ${p.flags.join('; ')}.`,
  },
  'rename-unknown': {
    exit: EXIT.usage,
    message: (p: { flag: string; problem: string }) => `${p.flag}: ${p.problem}`,
    hint: () =>
      'Names are those of the database: `--rename users.name=users.full_name`, `--rename people=users`, `--drop users.name`.',
  },
  'draft-does-not-run': {
    exit: EXIT.refused,
    message: (p: { statement: string; reason: string }) =>
      `the migration would not run on the schema of this history: ${p.reason} (${p.statement})`,
    hint: () =>
      'Nothing was written. Something that Prisma does not see is in the way: `howdah migrate new <name> --dry-run` shows the script; with --empty you write it yourself.',
  },
  'migration-unwritable': {
    exit: EXIT.usage,
    message: (p: { path: string; reason: string }) => `cannot write ${p.path}: ${p.reason}`,
    hint: () => 'Nothing was written. Check the permissions of the folder of migrations.',
  },
} as const
