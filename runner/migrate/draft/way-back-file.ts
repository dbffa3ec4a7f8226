import type { Loss } from './losses.ts'
import type { WayBack } from './way-back.ts'

/** At the head of a file that must not be run as it is; rollback refuses it until somebody has taken the line out. */
const IRREVERSIBLE = '-- howdah: irreversible=write-the-way-back-or-say-why'

/** The text of down.sql. */
export function formatWayBack({ script, losses, problems }: WayBack, lostBefore: readonly Loss[]): string {
  const gone = lostBefore.filter(({ data }) => data)
  const lost = losses.filter(({ data }) => data)
  const lines = [
    ...(problems.length > 0
      ? [
          IRREVERSIBLE,
          '--',
          '-- A draft: run as it is, it does not lead back to the schema before the migration.',
          ...problems.map(problem => `--   ${oneLine(problem)}`),
          '-- Complete it and take out the line with `irreversible`, or put the reason there.',
        ]
      : ['-- The way back: this was run after the migration and restored the schema before it.']),
    ...(lost.length > 0
      ? ['--', '-- It loses:', ...lost.map(({ object, what }) => `--   ${oneLine(object)} ${what}`)]
      : []),
    ...(gone.length > 0
      ? [
          '--',
          '-- It brings back empty, since the migration dropped the data:',
          ...gone.map(({ object }) => `--   ${oneLine(object)}`),
        ]
      : []),
  ]
  const risks = losses.filter(({ data }) => !data)
  if (risks.length > 0)
    lines.push('--', '-- Besides:', ...risks.map(({ object, what }) => `--   ${oneLine(object)} ${what}`))
  return `${lines.join('\n')}\n\n${script.trim()}\n`
}

/** The text of down.sql beside a migration that is written by hand. */
export function emptyWayBack(): string {
  return [
    IRREVERSIBLE,
    '--',
    '-- The migration beside this is written by hand, so nobody can derive what undoes it.',
    '-- Write that here and take out the line with `irreversible`, or put the reason there.',
    '',
  ].join('\n')
}

/** A name may hold a line break, behind which a comment would end. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ')
