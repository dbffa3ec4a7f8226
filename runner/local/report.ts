import { relative } from 'node:path'
import { HowdahError } from '../core/errors.ts'
import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import { withoutPassword } from '../core/secret.ts'
import type { Check } from './check.ts'
import { reveal } from './parts.ts'
import type { Platform } from './platform.ts'

export interface UpReport {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
  readonly error?: HowdahError
}

export function reportUp(
  { parts, urlsFile, passwords, notes, home }: Platform,
  checks: readonly Check[],
  cwd: string,
  staysUp: boolean,
): UpReport {
  const failed = checks.filter(({ ok }) => !ok)
  const below = relative(cwd, urlsFile)
  const file = below.startsWith('..') ? urlsFile : below
  const addresses = parts.map(({ name, title, url }) => ({ name, title, url: withoutPassword(reveal(url)) }))
  const width = Math.max(...addresses.map(({ title }) => title.length), 'Passwords'.length)
  const lines = [
    ...addresses.map(({ title, url }) => `  ${title.padEnd(width)}  ${url}`),
    // A platform that stops takes the file with it.
    ...(staysUp ? [`  ${'Passwords'.padEnd(width)}  in ${file}`] : []),
    '',
    ...checks.map(({ ok, name, seen }) => `  ${ok ? '✔' : '✘'} ${name}: ${seen}`),
    ...notes.map(note => `  ! ${note}`),
    ...(passwords.length > 0 ? ['', '  Made now, and shown this once:'] : []),
    ...passwords.map(({ account, password }) => `    ${account}  ${password.reveal()}`),
  ]
  const data = {
    ok: failed.length === 0,
    home: home.directory,
    dataDirectory: home.place,
    urlsFile,
    parts: addresses,
    checks,
    notes,
    passwords: passwords.map(({ account, password }) => ({ account, password: password.reveal() })),
  }
  if (failed.length === 0) return { data, text: lines.join('\n'), exit: EXIT.done }
  const error = new HowdahError('platform-unproven', {
    failed: failed.map(({ name, seen }) => `${name}: ${seen}`),
  })
  return { data, text: lines.join('\n'), exit: error.exit, error }
}
