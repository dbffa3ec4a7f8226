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
    hint: (p: { remains: string }) =>
      `${p.remains} Correct the file and run \`howdah migrate deploy\` again.`,
  },
  'migration-lock-timeout': {
    exit: EXIT.busy,
    message: (p: { location: string; lockTimeoutMs: number }) =>
      `${p.location}: gave up waiting for a table lock after ${p.lockTimeoutMs} ms, so that nobody queues behind it`,
    hint: () =>
      'Another transaction uses the table. Run again when it has finished, or raise --lock-timeout-ms.',
  },
  'migration-failed-earlier': {
    exit: EXIT.refused,
    message: (p: { migration: string; startedAt: string }) =>
      `migration ${p.migration} failed or was cut off at ${p.startedAt}, by a tool that left no record of how far it came`,
    hint: (p: { migration: string }) =>
      `Look at what it left behind, put it right by hand, then \`prisma migrate resolve --rolled-back ${p.migration}\` (or --applied).`,
  },
  'history-missing': {
    exit: EXIT.refused,
    message: (p: { schema: string; tables: number }) =>
      `schema "${p.schema}" has ${p.tables} tables but no migration history: applying the first migration would collide with them`,
    hint: () =>
      'Baseline it: mark what is already there with `prisma migrate resolve --applied <migration>`, then deploy.',
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
} as const
