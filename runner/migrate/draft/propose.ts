import { HiddenObjects } from '../../schema-engine/hidden-objects.ts'
import { readEngineScript, type ScriptStatement, withoutStatements } from './engine-script.ts'
import { decideKeeps, type KeepRules, type Kept } from './keep.ts'

/** What leads from one schema to another, without what is none of Prisma's business. */
export interface Proposal {
  /** Empty when there is nothing to do. */
  readonly script: string
  readonly statements: readonly ScriptStatement[]
  readonly kept: readonly Kept[]
  /** What the engine was not shown. */
  readonly hidden: HiddenObjects
}

/** Hiding a column can bring its indexes to light; more rounds than this would mean going in a circle. */
const ROUNDS = 6

/**
 * Asks the engine, hides what it must not touch, and asks again until it touches nothing of that kind. All of the script is
 * the engine's own: statements are not rewritten.
 * @param write asks for the final script, where that takes longer
 */
export async function propose(
  ask: (hidden: HiddenObjects) => Promise<string>,
  rules: Omit<KeepRules, 'hidden'>,
  write = ask,
): Promise<Proposal> {
  const hidden = new HiddenObjects()
  const kept: Kept[] = []
  for (let round = 1; ; round++) {
    const script = await ask(hidden)
    const statements = await readEngineScript(script)
    const keeps = decideKeeps(
      statements.flatMap(({ changes }) => changes),
      { ...rules, hidden },
    ).filter(({ hide }) => !hidden.has(...hide))
    if (keeps.length === 0 || round === ROUNDS) {
      const final = write === ask || statements.length === 0 ? script : await write(hidden)
      const read = final === script ? statements : await readEngineScript(final)
      return settle(final, read, { ...rules, hidden }, kept)
    }
    for (const { hide, ...keep } of keeps) {
      hidden.add(...hide)
      kept.push(keep)
    }
  }
}

const doesOneThing = ({ node }: ScriptStatement) =>
  'IndexStmt' in node || ('AlterTableStmt' in node && node.AlterTableStmt.cmds?.length === 1)

/** An index that the engine does not see in the database but finds declared would be made a second time. */
async function settle(
  script: string,
  statements: readonly ScriptStatement[],
  rules: KeepRules,
  kept: readonly Kept[],
): Promise<Proposal> {
  const repeated = (statement: ScriptStatement) =>
    doesOneThing(statement) && decideKeeps(statement.changes, rules).length > 0
  const left = statements.filter(statement => !repeated(statement))
  const found = left.length === statements.length
  const text = found
    ? script
    : withoutStatements(script, statements, each => !left.some(({ index }) => index === each.index))
  const remaining = found ? statements : await readEngineScript(text)
  return { script: remaining.length === 0 ? '' : text, statements: remaining, kept, hidden: rules.hidden }
}
