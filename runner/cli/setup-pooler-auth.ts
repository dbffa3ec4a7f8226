import { HowdahError } from '../core/errors.ts'
import { setUpPoolerAuth } from '../pooler/pooler.ts'
import { reportSetupAuth } from '../pooler/report.ts'
import { directUrl } from './database-urls.ts'
import type { Verb } from './verb.ts'

export const setupPoolerAuth: Verb = {
  path: ['setup', 'pooler-auth'],
  summary: 'print, or apply, what lets PgBouncer look passwords up where nobody may read pg_authid',
  description:
    'A table of verifiers that only one function reads, and a role that may call it and nothing else: auth_user and auth_query of PgBouncer. RDS denies\n' +
    'pg_authid to everybody. Prints the statements that are missing; --apply runs them in one transaction. A password comes from\n' +
    'HOWDAH_POOLER_AUTH_PASSWORD and is sent as its SCRAM verifier. Exit codes: 0 printed, applied or nothing to do, 2 a privilege is missing, 3 refused.',
  settings: ['databaseUrl', 'directUrl', 'connectTimeoutMs', 'poolerAuthPassword'],
  flags: [
    { name: '--role <name>', help: 'the role PgBouncer asks as', fallback: 'pgbouncer_auth' },
    { name: '--apply', help: 'carry it out' },
  ],
  examples: [
    { command: 'howdah setup pooler-auth', meaning: 'The SQL, to review or to run as somebody else.' },
    {
      command: 'HOWDAH_POOLER_AUTH_PASSWORD=… howdah setup pooler-auth --apply',
      meaning: 'Make it, or bring it up to date.',
    },
  ],
  run: async ({ config, flags }) => {
    const role = String(flags.role)
    if (role === '' || Buffer.byteLength(role) > 63)
      throw new HowdahError('usage-invalid', {
        problem: '--role: a name has 1 to 63 bytes',
        command: 'setup pooler-auth',
      })
    return reportSetupAuth(
      await setUpPoolerAuth({
        ...directUrl(config),
        connectTimeoutMs: config.connectTimeoutMs,
        role,
        password: config.poolerAuthPassword,
        apply: flags.apply === true,
      }),
    )
  },
}
