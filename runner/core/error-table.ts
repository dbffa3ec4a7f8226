import { EXIT } from './exit-codes.ts'

/** Values a message or hint is made of are named; a message names the object and says what is wrong with it. */
interface Host {
  readonly host: string
  readonly port: number
}

/**
 * Every error Howdah reports: exit code, message, and a hint that says what to do next.
 * A code is stable: scripts match on it. A retired code is never given a new meaning.
 */
export const ERRORS = {
  'internal-error': {
    exit: EXIT.bug,
    message: (p: { message: string }) => `unexpected: ${p.message}`,
    hint: () => 'This is a bug in Howdah. Please report it with the log of this run (`--log-level debug`).',
  },
  'cleanup-failed': {
    exit: EXIT.failed,
    message: (p: { problems: readonly string[] }) =>
      `the work is done, but cleaning up failed: ${p.problems.join('; ')}`,
    hint: () => 'Look for leftover processes or files of this run; the next run heals what it recognises.',
  },
  interrupted: {
    exit: EXIT.interrupted,
    message: (p: { signal: string }) => `interrupted by ${p.signal}`,
    hint: () => 'Everything in flight was rolled back or stopped. Run the same command again to continue.',
  },

  'usage-invalid': {
    exit: EXIT.usage,
    message: (p: { problem: string }) => p.problem,
    hint: (p: { command?: string }) => `See \`howdah${p.command ? ` ${p.command}` : ''} --help\`.`,
  },
  'settings-invalid': {
    exit: EXIT.usage,
    message: (p: { problems: readonly string[] }) =>
      p.problems.length === 1
        ? `${p.problems[0]}`
        : `${p.problems.length} settings are wrong:\n  - ${p.problems.join('\n  - ')}`,
    hint: () => '`howdah config show` prints every setting, its value and where it came from.',
  },
  'config-file-unreadable': {
    exit: EXIT.usage,
    message: (p: { file: string; reason: string }) => `${p.file} could not be loaded: ${p.reason}`,
    hint: () => 'It must export its settings as default: `export default { database: "playground" }`.',
  },
  'database-url-missing': {
    exit: EXIT.usage,
    message: () => 'no database is configured',
    hint: () => 'Set DATABASE_URL, pass --database-url, or start a local one with `npm start`.',
  },
  'database-url-invalid': {
    exit: EXIT.usage,
    message: (p: { setting: string; reason: string }) =>
      `${p.setting} is not a Postgres connection URL: ${p.reason}`,
    hint: () =>
      'Its form is postgresql://user:password@host:5432/database?schema=public; percent-encode special characters in the password.',
  },
  'database-unknown': {
    exit: EXIT.usage,
    message: (p: { database: string; folder: string; known: readonly string[] }) =>
      `there is no folder ${p.folder}/${p.database}${p.known.length > 0 ? ` (there is: ${p.known.join(', ')})` : ''}`,
    hint: () => 'Each database of the estate has a folder below prisma/; name one with --database.',
  },

  'server-unreachable': {
    exit: EXIT.failed,
    message: (p: Host & { reason: string }) => `no Postgres answers at ${p.host}:${p.port}: ${p.reason}`,
    hint: () => 'Check host, port, firewall and that the server is up; `howdah doctor` shows what it sees.',
  },
  'connection-lost': {
    exit: EXIT.failed,
    message: (p: { during: string }) => `the connection to Postgres was lost during ${p.during}`,
    hint: () =>
      'What was in a transaction was rolled back by the server. Run the same command again to continue.',
  },
  'database-missing': {
    exit: EXIT.usage,
    message: (p: Host & { database: string }) =>
      `database "${p.database}" does not exist on ${p.host}:${p.port}`,
    hint: (p: { database: string }) =>
      `Create it (\`CREATE DATABASE "${p.database}"\`) or correct the URL's last part.`,
  },
  'authentication-failed': {
    exit: EXIT.usage,
    message: (p: Host & { user: string }) =>
      `${p.host}:${p.port} refused user "${p.user}": wrong password, unknown role, or no pg_hba.conf entry`,
    hint: () =>
      'Check user and password in the URL, percent-encoded where needed, and that the role may log in from here.',
  },
  'server-too-old': {
    exit: EXIT.refused,
    message: (p: { version: string; minimum: number }) =>
      `the server runs PostgreSQL ${p.version}; Howdah needs ${p.minimum} or newer`,
    hint: () => 'PostgreSQL 14 and older no longer get security fixes: upgrade the server first.',
  },
  'server-read-only': {
    exit: EXIT.refused,
    message: (p: Host) => `${p.host}:${p.port} is a read replica (in recovery)`,
    hint: () => 'Point the URL at the primary.',
  },
  'connection-pooled': {
    exit: EXIT.refused,
    message: (p: Host) =>
      `${p.host}:${p.port} is a transaction pooler: session locks would be lost between transactions`,
    hint: () =>
      'Give the direct address of the server in DIRECT_URL (or --direct-url); the application keeps the pooled one.',
  },
  'privilege-missing': {
    exit: EXIT.usage,
    message: (p: { user: string; action: string; reason: string }) =>
      `role "${p.user}" may not ${p.action}: ${p.reason}`,
    hint: (p: { grant?: string }) =>
      p.grant ? `As the owner or a superuser: \`${p.grant}\`.` : 'Use a role that owns the schema.',
  },
  'statement-failed': {
    exit: EXIT.failed,
    message: (p: { what: string; reason: string; sqlstate: string }) =>
      `${p.what}: ${p.reason} (SQLSTATE ${p.sqlstate})`,
    hint: (p: { hint?: string }) =>
      p.hint ?? 'The server rejected the statement; nothing of its transaction remains.',
  },
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

  'seed-profile-unknown': {
    exit: EXIT.usage,
    message: (p: { profile: string; known: readonly string[] }) =>
      `there is no seed profile "${p.profile}" (there is: ${p.known.join(', ')})`,
    hint: () => '`howdah seed --help` tells the profiles apart.',
  },
  'seed-refused': {
    exit: EXIT.refused,
    message: (p: { reason: string }) => p.reason,
    hint: (p: { instead: string }) => p.instead,
  },

  'port-taken': {
    exit: EXIT.usage,
    message: (p: { what: string; host: string; port: number; holder: string }) =>
      `port ${p.port} on ${p.host}, asked for by ${p.what}, is held by ${p.holder}`,
    hint: (p: { setting: string }) =>
      `Stop that process, choose another port, or set ${p.setting} to 0 to have a free one chosen.`,
  },
  'home-unwritable': {
    exit: EXIT.usage,
    message: (p: { path: string; reason: string }) => `cannot write to ${p.path}: ${p.reason}`,
    hint: () => 'Point HOWDAH_HOME at a directory this user may write to.',
  },
  'home-busy': {
    exit: EXIT.busy,
    message: (p: { home: string; pid: number }) =>
      `another \`howdah up\` (process ${p.pid}) is running on ${p.home}`,
    hint: () =>
      'Connect to that one (its URLs are in local.json), stop it, or set HOWDAH_HOME to run a second.',
  },
  'server-package-missing': {
    exit: EXIT.usage,
    message: (p: { major: number; platform: string; installed: readonly number[] }) =>
      `no PostgreSQL ${p.major} server package for ${p.platform} is installed${p.installed.length > 0 ? ` (installed: ${p.installed.join(', ')})` : ''}`,
    hint: () =>
      '`npm ci` installs 15 to 18 on Linux and macOS, x64 and arm64; --omit=optional leaves them out.',
  },
  'server-start-failed': {
    exit: EXIT.failed,
    message: (p: { what: string; reason: string }) => `${p.what} did not start: ${p.reason}`,
    hint: (p: { log: string }) => `Its log is ${p.log}. \`howdah up --fresh\` starts over with empty data.`,
  },
  'server-ended': {
    exit: EXIT.failed,
    message: (p: { what: string; reason: string }) => `${p.what} is gone: ${p.reason}`,
    hint: () => 'Look into its log below the home; the next `howdah up` recovers and goes on.',
  },
  'data-password-lost': {
    exit: EXIT.refused,
    message: (p: { directory: string }) =>
      `${p.directory} holds a database whose password (state.json) is gone`,
    hint: () => 'Restore state.json, or start over with empty data: `howdah up --fresh`.',
  },
  'data-version-mismatch': {
    exit: EXIT.refused,
    message: (p: { directory: string; found: string; wanted: number }) =>
      `${p.directory} holds data of PostgreSQL ${p.found}, not ${p.wanted}`,
    hint: (p: { found: string }) => `Use --postgres ${p.found}, or --fresh to start over with empty data.`,
  },
  'pooler-missing': {
    exit: EXIT.usage,
    message: () => 'pgbouncer is not on the path',
    hint: () =>
      'Install it (Debian: `apt-get install pgbouncer`, macOS: `brew install pgbouncer`) or leave --pooler out.',
  },
  'platform-unproven': {
    exit: EXIT.unhealthy,
    message: (p: { failed: readonly string[] }) => `the platform is up but not right: ${p.failed.join('; ')}`,
    hint: () => 'Each line names what was checked; `howdah doctor` and `howdah migrate status` show more.',
  },
  'address-unusable': {
    exit: EXIT.usage,
    message: (p: Host & { reason: string }) => `cannot listen on ${p.host}:${p.port}: ${p.reason}`,
    hint: () =>
      'Give an address of this machine with --metrics-host, and a port above 1023 without privileges.',
  },
  'seed-lock-timeout': {
    exit: EXIT.busy,
    message: (p: { waitedMs: number }) =>
      `another seed run is at work on this database; gave up after ${Math.round(p.waitedMs / 1000)} s`,
    hint: () => 'Wait for it to finish and run again. A dead one lets go when its connection ends.',
  },
} as const
