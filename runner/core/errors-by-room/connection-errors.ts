import { EXIT } from '../exit-codes.ts'

/** Values a message or hint is made of are named; a message names the object and says what is wrong with it. */
interface Host {
  readonly host: string
  readonly port: number
}

/** The server and the way to it. */
export const CONNECTION_ERRORS = {
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
  'monitor-role-refused': {
    exit: EXIT.refused,
    message: (p: { role: string }) =>
      `role "${p.role}" is a superuser, or the role you connect as: its sessions must not be made read-only`,
    hint: () => 'Give another name: `howdah setup monitor-role --role <name>`.',
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
} as const
