import { EXIT } from '../exit-codes.ts'

/** PgBouncer: how large it may be, what it is configured with, and what its consoles are told. */
export const POOLER_ERRORS = {
  'pooler-setting-invalid': {
    exit: EXIT.usage,
    message: (p: { setting: string; problem: string }) => `${p.setting}: ${p.problem}`,
    hint: () => 'Correct the value; nothing was rendered, planned or sent.',
  },
  'pooler-budget-exceeded': {
    exit: EXIT.usage,
    message: (p: { setting: string; value: number; problem: string }) =>
      `${p.setting} is ${p.value}: ${p.problem}`,
    hint: (p: { remedy: string }) => p.remedy,
  },
  'pooler-console-missing': {
    exit: EXIT.usage,
    message: () => 'no PgBouncer is named',
    hint: () =>
      'Set HOWDAH_POOLER_ADMIN_URLS (--pooler-admin-urls) to the URLs of their consoles: postgresql://pgb_admin@poolers.internal:6432/pgbouncer. A name that resolves to several addresses stands for all of them.',
  },
  'pooler-unreachable': {
    exit: EXIT.failed,
    message: (p: { poolers: readonly string[]; reason: string }) =>
      `nothing was done, because the PgBouncer at ${p.poolers.join(' and the one at ')} cannot be reached: ${p.reason}`,
    hint: () =>
      'All are held back or none. `howdah pooler status` shows them; take one that is gone out of HOWDAH_POOLER_ADMIN_URLS.',
  },
  'pooler-not-followed': {
    exit: EXIT.failed,
    message: (p: { command: string; poolers: readonly string[]; reason: string; consequence: string }) =>
      `the PgBouncer at ${p.poolers.join(' and the one at ')} did not follow ${p.command}: ${p.reason}; ${p.consequence}`,
    hint: () =>
      '`howdah pooler status` shows who waits; `howdah pooler resume` lets everybody go on. A transaction that does not end keeps a pause from completing.',
  },
  'pooler-deadline-too-long': {
    exit: EXIT.usage,
    message: (p: { pooler: string; deadlineMs: number; seconds: number }) =>
      `a deadline of ${p.deadlineMs} ms is too long: ${p.pooler} throws clients out that wait for ${p.seconds} s (query_wait_timeout)`,
    hint: () => 'Give a shorter --deadline-ms, or raise query_wait_timeout before.',
  },
  'pooler-repoint-refused': {
    exit: EXIT.refused,
    message: (p: { reason: string }) => `the poolers stay where they are: ${p.reason}`,
    hint: (p: { remedy: string }) => p.remedy,
  },
  'pooler-not-repointed': {
    exit: EXIT.failed,
    message: (p: { target: string; reason: string; state: string }) =>
      `the poolers were not moved to ${p.target}: ${p.reason}; ${p.state}`,
    hint: () =>
      '`howdah pooler status` shows where each is. Run the same command again, or `howdah pooler resume` to go on as it is.',
  },
  'pooler-role-refused': {
    exit: EXIT.refused,
    message: (p: { role: string }) =>
      `role "${p.role}" is a superuser, or the role you connect as: PgBouncer must not log in with it`,
    hint: () => 'Give another name: `howdah setup pooler-auth --role <name>`.',
  },
  'pooler-auth-missing': {
    exit: EXIT.refused,
    message: (p: { database: string }) =>
      `database "${p.database}" has no table of credentials (pgbouncer.credential)`,
    hint: () => 'Make it: `howdah setup pooler-auth --apply`.',
  },
  'pooler-role-missing': {
    exit: EXIT.refused,
    message: (p: { role: string }) =>
      `there is no role "${p.role}" whose privileges its two users could have`,
    hint: (p: { role: string }) =>
      `Make it (\`CREATE ROLE "${p.role}" NOLOGIN\`, with its grants; \`howdah setup access\`), or give another with --role.`,
  },
  'pooler-rotation-running': {
    exit: EXIT.busy,
    message: (p: { role: string }) => `another run rotates the credentials of "${p.role}"`,
    hint: () => 'Wait for it to end, then try again.',
  },
  'credential-store-failed': {
    exit: EXIT.failed,
    message: (p: { place: string; reason: string }) =>
      `cannot keep the credential in ${p.place}: ${p.reason}`,
    hint: () =>
      'Nobody was told the new password, and the old one works as before. Mend the place and run the same command again.',
  },
  'pooler-processes-unknown': {
    exit: EXIT.failed,
    message: (p: { host: string; port: number }) =>
      `PgBouncer at ${p.host}:${p.port} shares its port (so_reuseport) and has no peers, so nobody can tell how many processes there are`,
    hint: () =>
      'Give each process a peer_id and all of them the same [peers] (PgBouncer 1.19); renderPgbouncerIni does. Cancel requests need them as well.',
  },
} as const
