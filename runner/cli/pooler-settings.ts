import type { Config, SettingName } from '../config/settings.ts'
import { HowdahError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { Flag } from './verb.ts'

/** What every verb that speaks to consoles takes. */
export const CONSOLE_SETTINGS: readonly SettingName[] = [
  'poolerAdminUrls',
  'poolerAdminPassword',
  'connectTimeoutMs',
]

export const DRY_RUN: Flag = { name: '--dry-run', help: 'say what would be done, and do nothing' }

export const DEADLINE: Flag = {
  name: '--deadline-ms <ms>',
  help: 'until when all have to be paused, in milliseconds; else all are resumed',
  fallback: '5000',
}

/** The URLs of the consoles, each with a password where there is one for them all. */
export function consoleUrls({ poolerAdminUrls = [], poolerAdminPassword }: Config): readonly Secret[] {
  if (!poolerAdminPassword) return poolerAdminUrls
  return poolerAdminUrls.map(url => {
    if (!URL.canParse(url.reveal())) return url
    const parsed = new URL(url.reveal())
    if (parsed.password !== '') return url
    parsed.password = encodeURIComponent(poolerAdminPassword.reveal())
    return new Secret(parsed.href)
  })
}

/** A flag that is a whole number of milliseconds. @throws HowdahError usage-invalid */
export function millisecondsOf(value: unknown, flag: string, command: string, least = 1): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= least && number <= 86_400_000) return number
  throw new HowdahError('usage-invalid', {
    problem: `${flag} must be a whole number of milliseconds from ${least} to 86400000`,
    command,
  })
}
