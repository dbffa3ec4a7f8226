import { EXIT } from '../exit-codes.ts'

/** The program itself: usage, settings, interruption. */
export const PROCESS_ERRORS = {
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
  'prisma-config-unreadable': {
    exit: EXIT.usage,
    message: (p: { file: string; reason: string }) => `cannot use ${p.file}: ${p.reason}`,
    hint: () =>
      'Node runs it as it is: erasable TypeScript, imports with their endings. --migrations <directory> or --database does without it.',
  },
} as const
