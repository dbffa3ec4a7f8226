import { scanSync } from 'libpg-query'
import { escapeLiteral } from 'pg'
import { HowdahError } from '../../core/errors.ts'
import { strings } from '../../sql/locks/parse-tree.ts'
import { parseScript, type Statement } from '../../sql/parse.ts'
import { excerptAt } from '../../sql/position.ts'
import { type SchemaChange, schemaChanges } from '../../sql/schema-change.ts'

/** A statement of a script with what it does to the schema. */
export interface ScriptStatement extends Statement {
  readonly changes: readonly SchemaChange[]
}

/** Reads a script that the engine wrote. */
export async function readEngineScript(script: string): Promise<ScriptStatement[]> {
  const parsed = await parseScript(script)
  // It does not double a quote inside a name, for one.
  if (!parsed.ok) {
    const reason = `what it wrote is no SQL (${parsed.reason})`
    throw new HowdahError('schema-engine-failed', { reason }, { excerpt: excerptAt(script, parsed.offset) })
  }
  return parsed.statements.map(statement => ({ ...statement, changes: schemaChanges(statement.node) }))
}

/**
 * The script without some of its statements. The comment above one goes with it (`-- CreateIndex`), but not the warnings at
 * the head of the script.
 */
export function withoutStatements(
  script: string,
  statements: readonly Statement[],
  unwanted: (statement: Statement) => boolean,
): string {
  let left = ''
  let copied = 0
  for (const [index, statement] of statements.entries()) {
    const end = endOf(script, statement)
    const previous = statements[index - 1]
    const lead = script.slice(previous ? endOf(script, previous) : 0, statement.start)
    if (unwanted(statement)) {
      // The warnings are the only comment of the kind /* */ there is.
      const kept = lead.lastIndexOf('*/')
      left += kept === -1 ? '' : lead.slice(0, kept + 2)
    } else {
      left += lead + script.slice(statement.start, end)
    }
    copied = end
  }
  return `${left}${script.slice(copied)}`.replace(/^\s+/, '')
}

function endOf(script: string, { start, text }: Statement): number {
  const end = start + text.length
  return script[end] === ';' ? end + 1 : end
}

/**
 * The script without its own BEGIN and COMMIT, which Prisma puts around the change of an enum: deploy runs the whole file in
 * one transaction and keeps its record in it.
 */
export function withoutTransactions(script: string, statements: readonly Statement[]): string {
  let text = script
  for (const statement of statements.toReversed()) {
    if (!('TransactionStmt' in statement.node)) continue
    const end = endOf(script, statement)
    text = text.slice(0, statement.start) + text.slice(script[end] === '\n' ? end + 1 : end)
  }
  return text
}

/**
 * The script without the schema before its names: between two databases the engine writes it, and in a `migration.sql` it
 * does not, so that one history serves URLs with different schemas.
 */
export async function withoutSchema(script: string, schema: string): Promise<string> {
  // The parser loads the scanner, unless there is nothing to read.
  if (script.trim() === '' || !(await parseScript(script)).ok) return script
  const bytes = Buffer.from(script)
  const { tokens } = scanSync(script)
  const quoted = `"${schema.replaceAll('"', '""')}"`
  let text = ''
  let copied = 0
  for (const [index, { start, text: token }] of tokens.entries()) {
    const [dot, name] = [tokens[index + 1], tokens[index + 2]]
    if (
      (token !== quoted && token !== schema) ||
      dot?.text !== '.' ||
      !name ||
      tokens[index - 1]?.text === '.'
    )
      continue
    text += bytes.toString('utf8', copied, start)
    copied = name.start
  }
  return text + bytes.toString('utf8', copied)
}

/**
 * The script with each new enum value in the place it had. The engine puts new values last, but their order is part of the
 * type: it decides comparisons and ORDER BY.
 */
export function withEnumPlaces(
  script: string,
  statements: readonly Statement[],
  labelsOf: (type: readonly string[]) => {
    readonly wanted: readonly string[]
    readonly present: readonly string[]
  },
): string {
  let text = script
  for (const { node, start, text: statement } of statements.toReversed()) {
    if (!('AlterEnumStmt' in node) || !node.AlterEnumStmt.newVal || node.AlterEnumStmt.oldVal) continue
    const { wanted, present } = labelsOf(strings(node.AlterEnumStmt.typeName))
    const at = wanted.indexOf(node.AlterEnumStmt.newVal)
    const next = wanted.slice(at + 1).find(label => present.includes(label))
    // Values are added in their order, so those that belong before the next old one are there already.
    if (at === -1 || next === undefined) continue
    const end = start + statement.length
    text = `${text.slice(0, end)} BEFORE ${escapeLiteral(next)}${text.slice(end)}`
  }
  return text
}
