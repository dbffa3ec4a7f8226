import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import { plural } from '../core/units.ts'
import type { AccessModel } from './model.ts'
import type { Statement } from './statement.ts'

export interface AccessOutcome {
  readonly model: AccessModel
  readonly statements: readonly Statement[]
  readonly applied: boolean
  /** What roles outside of the model may do inside of it, in sentences. */
  readonly strangers: readonly string[]
}

export type AccessMode = 'apply' | 'dry-run' | 'check'

/** The outcome for a person, as SQL that psql can run, and for a program. */
export function reportAccess(
  { model, statements, applied, strangers }: AccessOutcome,
  mode: AccessMode,
): {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
} {
  const drift = mode === 'check' && statements.length > 0
  const data = {
    ok: !drift,
    applied,
    roles: model.roles.map(({ name, kind, login }) => ({ name, kind, login })),
    databases: model.databases.map(({ name }) => name),
    statements,
    strangers,
  }
  const notes = strangers.map(sentence => `-- outside of the model, left alone: ${sentence}`)
  const lines = mode === 'check' ? statements.map(({ why }) => `- ${why}`) : script(statements)
  return {
    data,
    text: [...lines, ...notes, ending(statements.length, mode)].join('\n'),
    exit: drift ? EXIT.unhealthy : EXIT.done,
  }
}

function ending(count: number, mode: AccessMode): string {
  if (count === 0) return 'Nothing to do: roles, owners and privileges are as declared.'
  switch (mode) {
    case 'apply':
      return `${plural(count, 'statement')} applied.`
    case 'check':
      return `Not as declared, in ${plural(count, 'place')}. To make it good: howdah setup access`
    case 'dry-run':
      return `-- ${plural(count, 'statement')}; to carry them out: howdah setup access`
  }
}

/** A comment cannot be left by what a name contains. */
const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ')

function script(statements: readonly Statement[]): string[] {
  let current: string | null = null
  return statements.flatMap(({ sql, why, database }) => {
    const lines = database === null || database === current ? [] : [`-- in database "${oneLine(database)}"`]
    current = database
    return [...lines, `${sql};  -- ${oneLine(why)}`]
  })
}
