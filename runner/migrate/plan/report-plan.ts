import { EXIT } from '../../core/exit-codes.ts'
import { formatBytes, formatCount, formatDuration, plural } from '../../core/units.ts'
import type { RelationSize } from '../../postgres/relation-facts.ts'
import type { LiveChecks } from '../gates/live-gates.ts'
import type { MigrateReport } from '../report.ts'
import type { Comparable } from './comparable-steps.ts'
import type {
  DescribedPlan,
  DescribedStatement,
  DescribedStep,
  PlannedHook,
  SizedLock,
} from './plan-facts.ts'

/** What deploy would do, for a person and for a program. Having something to do is no failure: the exit code is 0. */
export function reportPlan(plan: DescribedPlan): MigrateReport {
  const { total, steps, repeatables, hooks = [] } = plan
  const totals = totalsOf(plan)
  const data = {
    ok: true,
    dryRun: true,
    migrations: total,
    steps: steps.map(step => ({
      ...step,
      statements: step.statements.map(statementData),
    })),
    repeatables: repeatables.map(({ file, statements }) => ({
      file,
      statements: statements.map(statementData),
    })),
    drift: plan.live.drift ?? null,
    disk: plan.live.disk ?? null,
    hooks,
    totals,
  }
  if (steps.length === 0 && repeatables.length === 0) return { data, text: 'Nothing to do.', exit: EXIT.done }
  const byMigration = Map.groupBy(steps, step => step.migration)
  const lines = [...byMigration].flatMap(([migration, own]) => [migration, ...planLines(own)])
  if (repeatables.length > 0) lines.push('repeatable  one transaction for all')
  for (const { file, statements } of repeatables)
    lines.push(`  ${file}`, ...statements.map(each => statementLine(each, 'file')))
  lines.unshift(...hookLines(hooks, ['before-run', 'before-migration']))
  lines.push(...hookLines(hooks, ['after-migration', 'after-run']))
  lines.push(verdict(totals), ...liveText(plan.live))
  return { data, text: `Would run, in this order:\n${lines.join('\n')}`, exit: EXIT.done }
}

function hookLines(hooks: readonly PlannedHook[], events: readonly PlannedHook['event'][]): string[] {
  return events.flatMap(event => {
    const own = hooks.filter(hook => hook.event === event)
    const each = event.endsWith('-migration') ? ', for each migration' : ''
    return own.length === 0 ? [] : [`hooks ${event}${each}: ${own.map(({ hook }) => hook).join(', ')}`]
  })
}

export function statementData({
  line,
  summary,
  comparable,
  locks,
}: DescribedStatement): Record<string, unknown> {
  return {
    line,
    summary,
    comparable: comparable ?? null,
    locks: locks.map(({ relation, size, note, ...lock }) => ({
      schema: relation?.schema ?? null,
      relation: relation?.name ?? null,
      ...lock,
      note: note ?? null,
      bytes: size?.bytes ?? null,
      bytesAreEstimate: size?.isEstimate ?? null,
      rows: size?.rows ?? null,
    })),
  }
}

/** A file in one transaction as a whole; otherwise each statement with its own transaction and duration. */
export function planLines(steps: readonly DescribedStep[]): string[] {
  const lines: string[] = []
  let file: string | undefined
  for (const step of steps) {
    if (step.transaction === 'file') {
      lines.push(`  ${step.file}  one transaction, which keeps its locks to the end`)
    } else if (step.file !== file) {
      lines.push(`  ${step.file}  statement by statement`)
    }
    file = step.file
    lines.push(...step.statements.map(each => statementLine(each, step.transaction)))
  }
  return lines
}

function comparableText(comparable: Comparable | undefined): string {
  if (!comparable) return ''
  const { count, lastMs, longestMs } = comparable
  const longest = count > 1 ? `, the longest of ${count} ${formatDuration(longestMs)}` : ''
  return `; a comparable step took ${formatDuration(lastMs)}${longest}`
}

function statementLine(
  { line, summary, comparable, locks }: DescribedStatement,
  transaction: DescribedStep['transaction'],
): string {
  const facts = locks.length === 0 ? 'locks no table' : locks.map(lockText).join(' | ')
  return `    ${String(line).padStart(3)}  ${transaction.padEnd(9)}  ${summary}  ->  ${facts}${comparableText(comparable)}`
}

function lockText({ relation, mode, blocks, rewrite, scan, isNew, note, size }: SizedLock): string {
  if (relation === undefined && mode === 'unknown') return `unknown: ${note ?? 'any table'}`
  const name = relation?.name ?? 'a table'
  if (isNew) return `${name}: new`
  const parts = [
    mode === 'unknown' ? 'unknown lock' : `${mode}, blocks ${blocks}`,
    rewrite === 'yes' ? 'rewrites it' : rewrite === 'unknown' ? 'may rewrite it' : '',
    scan === 'yes' && rewrite !== 'yes' ? 'scans it' : scan === 'unknown' ? 'may scan it' : '',
    size ? sizeText(size) : '',
    note ?? '',
  ]
  return `${name}: ${parts.filter(part => part !== '').join(', ')}`
}

function sizeText({ bytes, rows, isEstimate }: RelationSize): string {
  return `${isEstimate ? 'about ' : ''}${formatBytes(bytes)}, ${rows === null ? 'rows not counted yet' : `about ${plural(rows, 'row')}`}`
}

interface Totals {
  readonly migrations: number
  readonly steps: number
  readonly statements: number
  /** Statements that block reads and writes of a relation that is there, writes only, or nobody knows what. */
  readonly blockReadsAndWrites: number
  readonly blockWrites: number
  readonly unknown: number
  readonly rewrites: number
}

function totalsOf({ steps, repeatables }: DescribedPlan): Totals {
  const statements = [...steps, ...repeatables].flatMap(each => each.statements)
  const having = (test: (lock: SizedLock) => boolean) =>
    statements.filter(({ locks }) => locks.some(lock => !lock.isNew && test(lock))).length
  const blocking = having(({ blocks }) => blocks === 'reads and writes')
  return {
    migrations: new Set(steps.map(step => step.migration)).size,
    steps: steps.length,
    statements: statements.length,
    blockReadsAndWrites: blocking,
    blockWrites: statements.filter(
      ({ locks }) =>
        locks.some(({ blocks }) => blocks === 'writes') &&
        !locks.some(({ blocks }) => blocks === 'reads and writes'),
    ).length,
    unknown: having(({ mode, rewrite }) => mode === 'unknown' || rewrite === 'unknown'),
    rewrites: having(({ rewrite }) => rewrite === 'yes'),
  }
}

function liveText({ drift, disk }: LiveChecks): string[] {
  const lines: string[] = []
  if (drift?.state === 'checked') lines.push('The schema is as the last run left it.')
  if (drift?.state === 'unchecked') lines.push(`Drift was not looked for: ${drift.reason}.`)
  if (disk && disk.neededBytes > 0) {
    const free =
      disk.freeBytes === undefined
        ? 'how much is free is not known'
        : `${formatBytes(disk.freeBytes)} are free`
    lines.push(`Takes about ${formatBytes(disk.neededBytes)} of disk while it runs; ${free}.`)
  }
  return lines
}

function verdict(totals: Totals): string {
  const { migrations, steps, statements, blockReadsAndWrites, blockWrites, rewrites, unknown } = totals
  const size = [plural(migrations, 'migration'), plural(steps, 'step'), plural(statements, 'statement')]
  const effects = [
    `block reads and writes: ${formatCount(blockReadsAndWrites)}`,
    `block writes: ${formatCount(blockWrites)}`,
    `rewrite a table: ${formatCount(rewrites)}`,
    `not known beforehand: ${formatCount(unknown)}`,
  ]
  return `${size.join(', ')}. Statements that ${effects.join('; ')}.`
}
