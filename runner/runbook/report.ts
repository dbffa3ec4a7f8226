import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import { plural } from '../core/units.ts'
import { type Answer, MOST_ROWS } from './answer.ts'
import type { Diagnosis } from './diagnose.ts'
import type { Page } from './page.ts'
import { plainText, table } from './plain-text.ts'

export interface RunbookReport {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
}

const headOf = ({ name, severity, fires, summary, questions }: Page) => ({
  name,
  severity,
  fires,
  summary,
  questions,
})

/** Every alert with its severity, one line each. */
export function reportPages(pages: readonly Page[]): RunbookReport {
  const width = (of: (page: Page) => string) => Math.max(0, ...pages.map(page => of(page).length))
  const [names, severities] = [width(({ name }) => name), width(({ severity }) => severity)]
  const lines = pages.map(
    ({ name, severity, summary }) => `${name.padEnd(names)}  ${severity.padEnd(severities)}  ${summary}`,
  )
  return { data: { runbooks: pages.map(headOf) }, text: lines.join('\n'), exit: EXIT.done }
}

/** One page: plain where a person reads it, Markdown where it goes into a file or a program. */
export function reportPage(page: Page, terminal: boolean): RunbookReport {
  const { expression, sections, markdown } = page
  return {
    data: { runbook: { ...headOf(page), expression, sections } },
    text: terminal ? plainText(markdown) : markdown.trimEnd(),
    exit: EXIT.done,
  }
}

const BLIND =
  'The role does not see what others do (pg_monitor): "no row" says nothing. `howdah setup monitor-role` makes one that does.'

/** The answers to a page's questions; exit code 4 when one could not be had, or the role does not see all there is. */
export function reportDiagnosis(page: Page, { server, seesAll, answers }: Diagnosis): RunbookReport {
  const failed = answers.filter(({ state }) => state === 'failed').length
  const skipped = answers.filter(({ state }) => state === 'skipped').length
  const counts = [
    plural(answers.length - failed - skipped, 'question answered', 'questions answered'),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ]
  const text = [
    `${page.name} · ${page.severity} · ${page.summary}`,
    ...(server === undefined ? [] : [`Asked: ${server}`]),
    ...(seesAll ? [] : [BLIND]),
    ...answers.flatMap(answer => ['', ...answerLines(answer)]),
    '',
    answers.length === 0
      ? 'The page has no question for a database or a pooler.'
      : `${counts.join(', ')}. What to do: howdah runbook ${page.name}`,
  ]
  return {
    data: { ok: failed === 0 && seesAll, runbook: headOf(page), server: server ?? null, seesAll, answers },
    text: text.join('\n'),
    exit: failed > 0 || !seesAll ? EXIT.failed : EXIT.done,
  }
}

function answerLines(answer: Answer): readonly string[] {
  const where = 'pooler' in answer && answer.pooler !== undefined ? ` (PgBouncer ${answer.pooler})` : ''
  const title = `${answer.question}${where}: ${answer.tells}`
  if (answer.state === 'skipped') return [title, `  skipped: ${answer.reason}`]
  if (answer.state === 'failed') return [title, `  failed: ${answer.reason}`, `  ${answer.hint}`]
  const { columns, rows, more, means } = answer
  const body = rows.length === 0 ? ['no row'] : table(columns, rows)
  return [
    title,
    ...body.map(line => `  ${line}`),
    ...(more ? [`  … more than ${MOST_ROWS} rows`] : []),
    `  ${means}`,
  ]
}
