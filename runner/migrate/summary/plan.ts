import { type Block, code, prose, type Row, type Table } from '../../core/markdown.ts'
import { formatBytes, formatCount, formatDuration, plural } from '../../core/units.ts'
import type { Comparable } from '../plan/comparable-steps.ts'
import type { DescribedPlan, DescribedStatement, DescribedStep, SizedLock } from '../plan/plan-facts.ts'

const COLUMNS: Table['columns'] = [
  { name: 'line', right: true },
  { name: 'statement' },
  { name: 'transaction' },
  { name: 'locks' },
  { name: 'rewrite, scan' },
  { name: 'size now' },
  { name: 'comparable step' },
]

/** What deploy would do, for a page of a CI system. */
export function summarizePlan({ total, steps, repeatables }: DescribedPlan): Block[] {
  if (steps.length === 0 && repeatables.length === 0)
    return [`## ✔ Nothing to do: ${plural(total, 'migration')} on disk, all applied`]
  const byMigration = [...Map.groupBy(steps, step => step.migration)]
  const parts = [
    byMigration.length > 0 ? plural(byMigration.length, 'migration') : '',
    repeatables.length > 0 ? plural(repeatables.length, 'repeatable') : '',
  ]
  return [
    `## … Deploy would apply ${parts.filter(part => part !== '').join(' and ')}`,
    ...byMigration.map(([migration, own]) => migrationTable(migration, own)),
    ...(repeatables.length > 0 ? [repeatableTable(repeatables)] : []),
  ]
}

function migrationTable(migration: string, steps: readonly DescribedStep[]): Table {
  const rows = steps.flatMap(step =>
    step.statements.map(statement => statementRow(`${step.file}:${statement.line}`, statement, step)),
  )
  return { title: `### ${code(migration)}`, columns: COLUMNS, rows, folded: plural(rows.length, 'statement') }
}

function repeatableTable(repeatables: DescribedPlan['repeatables']): Table {
  const rows = repeatables.flatMap(({ file, statements }) =>
    statements.map(statement => statementRow(`${file}:${statement.line}`, statement, undefined)),
  )
  const title = '### repeatable/, all in one transaction'
  return { title, columns: COLUMNS, rows, folded: plural(rows.length, 'statement') }
}

const TRANSACTION: Readonly<Record<DescribedStep['transaction'], string>> = {
  file: 'one for the file',
  statement: 'its own',
  alone: 'outside any',
}

function statementRow(
  at: string,
  { summary, comparable, locks }: DescribedStatement,
  step: DescribedStep | undefined,
): Row {
  // A table made by the same plan is nobody's yet.
  const felt = locks.filter(({ isNew }) => !isNew)
  const cells = [
    code(at),
    code(summary),
    TRANSACTION[step?.transaction ?? 'file'],
    locks.length === 0 ? 'none' : locks.map(lockText).join('<br>'),
    felt
      .map(workText)
      .filter(text => text !== '')
      .join('<br>'),
    felt.flatMap(({ size }) => (size ? [sizeText(size)] : [])).join('<br>'),
    comparableText(comparable),
  ]
  const important = felt.some(({ blocks, rewrite }) => blocks === 'reads and writes' || rewrite !== 'no')
  return { cells, important }
}

function lockText({ relation, mode, blocks, isNew, note }: SizedLock): string {
  const name = relation ? code(relation.name) : 'a table'
  if (isNew) return `${name}: new`
  const lock =
    mode === 'unknown'
      ? 'unknown lock'
      : `${mode}, blocks ${blocks === 'reads and writes' ? `**${blocks}**` : blocks}`
  return `${name}: ${lock}${note === undefined ? '' : ` (${prose(note)})`}`
}

function workText({ rewrite, scan }: SizedLock): string {
  if (rewrite === 'yes') return '**rewrites it**'
  const parts = [
    rewrite === 'unknown' ? 'may rewrite it' : '',
    scan === 'yes' ? 'scans it' : scan === 'unknown' ? 'may scan it' : '',
  ]
  return parts.filter(part => part !== '').join(', ')
}

function sizeText({ bytes, rows, isEstimate }: NonNullable<SizedLock['size']>): string {
  return `${isEstimate ? 'about ' : ''}${formatBytes(bytes)}, ${rows === null ? 'rows not counted' : `${formatCount(rows)} rows`}`
}

function comparableText(comparable: Comparable | undefined): string {
  if (!comparable) return ''
  const { count, lastMs, longestMs } = comparable
  return count > 1
    ? `${formatDuration(lastMs)}, the longest of ${formatCount(count)} ${formatDuration(longestMs)}`
    : formatDuration(lastMs)
}
