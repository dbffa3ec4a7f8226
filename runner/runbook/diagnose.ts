import type { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import { requireConsoleUrl } from '../pooler/pooler.ts'
import { parseDatabaseUrl } from '../postgres/database-url.ts'
import { explainError } from '../postgres/explain.ts'
import type { Answer, Outcome } from './answer.ts'
import { DatabaseSession } from './ask-database.ts'
import { askPooler } from './ask-pooler.ts'
import type { Page } from './page.ts'
import type { Question } from './question.ts'
import { readQuestions } from './read-pages.ts'

export interface DiagnoseOptions {
  /** The server itself; its URL is asked for only where a question needs it. */
  readonly database: () => { readonly url: Secret; readonly setting: string }
  readonly poolerAdminUrls: readonly Secret[]
  readonly connectTimeoutMs: number
  /** Show what sessions run: it may hold data. */
  readonly showQueries: boolean
  readonly runtime: Runtime
}

export interface Diagnosis {
  /** Who answered for the database; `undefined` where nobody was asked, or nobody could be. */
  readonly server: string | undefined
  /** Whether the role that asked sees what other roles do; without that "no row" says nothing. */
  readonly seesAll: boolean
  readonly answers: readonly Answer[]
}

/**
 * Puts the questions of a page to the database and the poolers. Changes nothing. A server that is away is an answer, since it
 * may be what the alert is about.
 * @throws HowdahError database-url-missing, database-url-invalid
 */
export async function diagnose(page: Page, options: DiagnoseOptions): Promise<Diagnosis> {
  const questions = await readQuestions(page)
  for (const url of options.poolerAdminUrls) requireConsoleUrl(url)
  const needsDatabase = questions.some(({ runOn }) => runOn !== 'pgbouncer')
  const { session, failure } = needsDatabase ? await openDatabase(options) : {}
  try {
    const answers: Answer[] = []
    for (const question of questions) {
      const { name, tells, means } = question
      const outcomes =
        question.runOn === 'pgbouncer'
          ? await askPoolers(question, options)
          : [session ? await session.ask(question) : notAsked(failure)]
      answers.push(...outcomes.map(outcome => ({ question: name, tells, means, ...outcome }) as Answer))
    }
    return { server: session?.description, seesAll: session?.seesAll ?? true, answers }
  } finally {
    await session?.close()
  }
}

async function openDatabase({
  database,
  connectTimeoutMs,
  showQueries,
  runtime,
}: DiagnoseOptions): Promise<{ session?: DatabaseSession; failure?: HowdahError }> {
  const address = database()
  parseDatabaseUrl(address.url, address.setting)
  try {
    const options = { ...address, applicationName: 'howdah/runbook', connectTimeoutMs }
    return { session: await DatabaseSession.open(options, { runtime, showQueries }) }
  } catch (error) {
    return { failure: explainError(error) }
  }
}

function notAsked(failure: HowdahError | undefined): Outcome {
  return { state: 'failed', reason: failure?.message ?? 'no session', hint: failure?.hint ?? '' }
}

async function askPoolers(question: Question, options: DiagnoseOptions): Promise<Outcome[]> {
  const { poolerAdminUrls } = options
  if (poolerAdminUrls.length === 0)
    return [{ state: 'skipped', reason: 'a question for PgBouncer; --pooler-admin-urls names none' }]
  return Promise.all(poolerAdminUrls.map(url => askPooler(url, question, options)))
}
