import { HowdahError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import {
  type CredentialStore,
  fileStore,
  rotateCredentials,
  secretsManagerStore,
  shownStore,
} from '../pooler/pooler.ts'
import { reportRotation } from '../pooler/report.ts'
import { directUrl } from './database-urls.ts'
import { DRY_RUN } from './pooler-settings.ts'
import type { Verb, VerbContext } from './verb.ts'

const MINUTE_MS = 60_000

export const poolerRotateCredentials: Verb = {
  path: ['pooler', 'rotate-credentials'],
  summary: 'give the application a new password without a moment in which none works',
  description:
    'Of the two users <role>_a and <role>_b the one not in use gets a new password, at the server and for PgBouncer; then the application is told\n' +
    'by way of --secret or --to-file; the other one is let in for --grace-minutes more. No pooler is restarted. Killed at any point, run it again.\n' +
    'Exit codes: 0 rotated, 2 a privilege is missing, 3 no role or no table, 4 the place cannot be written, 5 another run is at it.',
  settings: ['databaseUrl', 'directUrl', 'connectTimeoutMs'],
  flags: [
    { name: '--role <name>', help: 'the role whose privileges both users have', fallback: 'app' },
    { name: '--secret <arn>', help: 'the secret of AWS Secrets Manager the application reads' },
    { name: '--to-file <path>', help: 'a JSON file instead; - shows the credential on standard output' },
    {
      name: '--grace-minutes <minutes>',
      help: 'how long the user before is still let in; longer than the application keeps a credential',
      fallback: '1440',
    },
    DRY_RUN,
  ],
  examples: [
    {
      command: 'howdah pooler rotate-credentials --secret shop-prod/app',
      meaning: 'A new password in Secrets Manager, without a restart.',
    },
    {
      command: 'howdah pooler rotate-credentials --to-file - --dry-run',
      meaning: 'Whose turn it would be.',
    },
  ],
  run: async context => {
    const { config, flags, runtime } = context
    const minutes = Number(flags.graceMinutes)
    if (!Number.isInteger(minutes) || minutes < 0 || minutes > 525_600)
      throw refuse('--grace-minutes must be a whole number from 0 to 525600')
    const role = String(flags.role)
    if (role === '' || Buffer.byteLength(role) > 61) throw refuse('--role: a name has 1 to 61 bytes')
    const outcome = await rotateCredentials({
      ...directUrl(config),
      connectTimeoutMs: config.connectTimeoutMs,
      role,
      graceMs: minutes * MINUTE_MS,
      store: storeOf(context),
      dryRun: flags.dryRun === true,
      runtime,
    })
    // What was shown is the report: one document, that a program can read.
    return flags.toFile === '-' && outcome.state !== 'planned' ? { exit: EXIT.done } : reportRotation(outcome)
  },
}

const refuse = (problem: string) =>
  new HowdahError('usage-invalid', { problem, command: 'pooler rotate-credentials' })

function storeOf({ flags, report }: VerbContext): CredentialStore {
  const { secret, toFile } = flags
  if ((secret === undefined) === (toFile === undefined)) throw refuse('give one of --secret and --to-file')
  if (secret !== undefined) return secretsManagerStore(String(secret))
  if (toFile !== '-') return fileStore(String(toFile))
  return shownStore(({ username, password }) =>
    report({
      data: { username, password: password.reveal() },
      text: `${username} ${password.reveal()}`,
      exit: EXIT.done,
    }),
  )
}
