import { HowdahError } from '../core/errors.ts'
import { reportMonitorRole, setUpMonitorRole } from '../metrics/metrics.ts'
import { directUrl } from './database-urls.ts'
import type { Verb } from './verb.ts'

export const setupMonitorRole: Verb = {
  path: ['setup', 'monitor-role'],
  summary: 'print, or apply, what makes a role that may see what is measured and change nothing',
  description:
    "The role is in pg_monitor, reads Prisma's history, our record and the sequences, and its sessions are read-only, brief and\n" +
    'few. Prints the statements that are missing; --apply runs them in one transaction. Run it in every database that is\n' +
    'measured. A password comes from HOWDAH_MONITOR_PASSWORD and is sent as its SCRAM verifier; it is never printed.\n' +
    'Exit codes: 0 printed, applied or nothing to do, 2 a privilege is missing, 3 refused.',
  settings: ['databaseUrl', 'directUrl', 'connectTimeoutMs', 'metricsDatabases', 'monitorPassword'],
  flags: [
    { name: '--role <name>', help: 'the role', fallback: 'howdah_monitor' },
    { name: '--apply', help: 'carry it out' },
  ],
  examples: [
    { command: 'howdah setup monitor-role', meaning: 'The SQL, to review or to run as somebody else.' },
    {
      command: 'HOWDAH_MONITOR_PASSWORD=… howdah setup monitor-role --apply',
      meaning: 'Make the role, or bring it up to date.',
    },
  ],
  run: async ({ config, flags }) => {
    const name = String(flags.role)
    if (name === '' || Buffer.byteLength(name) > 63)
      throw new HowdahError('usage-invalid', {
        problem: '--role: a name has 1 to 63 bytes',
        command: 'setup monitor-role',
      })
    return reportMonitorRole(
      await setUpMonitorRole({
        ...directUrl(config),
        connectTimeoutMs: config.connectTimeoutMs,
        name,
        databases: config.metricsDatabases,
        password: config.monitorPassword,
        apply: flags.apply === true,
      }),
    )
  },
}
