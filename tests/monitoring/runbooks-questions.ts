import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import type { Outcome } from '../../runner/runbook/answer.ts'
import { DatabaseSession } from '../../runner/runbook/ask-database.ts'
import { parseQuestion, type Question } from '../../runner/runbook/question.ts'
import { ROOT } from '../architecture/source-files.ts'

const FOLDER = join(ROOT, 'monitoring/runbooks/sql')

/** Every file of `monitoring/runbooks/sql`. */
export const QUESTIONS: readonly Question[] = readdirSync(FOLDER)
  .sort()
  .map(file => parseQuestion(file.replace(/\.sql$/, ''), readFileSync(join(FOLDER, file), 'utf8')))

export const ofServers = QUESTIONS.filter(({ runOn }) => runOn !== 'pgbouncer')
export const questionsNamed = (...names: readonly string[]) =>
  QUESTIONS.filter(({ name }) => names.includes(name))

/** What comes of a question: its rows as objects, or why there are none. */
export interface Asked {
  readonly state: Outcome['state']
  readonly reason: string | undefined
  readonly rows: readonly Readonly<Record<string, string | null>>[]
}

/** Those that were not answered, with the reason. */
export const states = (answers: ReadonlyMap<string, Asked>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...answers].flatMap(([name, { state, reason }]) =>
      state === 'answered' ? [] : [[name, `${state}: ${reason}`]],
    ),
  )

/** Puts questions to a server, as `--diagnose` does. */
export async function ask(url: string, questions: readonly Question[]): Promise<Map<string, Asked>> {
  const options = { setting: 'directUrl', applicationName: 'howdah/runbook', connectTimeoutMs: 5000 }
  const session = await DatabaseSession.open(
    { ...options, url: new Secret(url) },
    { runtime: quietRuntime(), showQueries: true },
  )
  try {
    const asked = new Map<string, Asked>()
    for (const question of questions) asked.set(question.name, readable(await session.ask(question)))
    return asked
  } finally {
    await session.close()
  }
}

function readable(outcome: Outcome): Asked {
  if (outcome.state !== 'answered') return { state: outcome.state, reason: outcome.reason, rows: [] }
  const { columns, rows } = outcome
  return {
    state: outcome.state,
    reason: undefined,
    rows: rows.map(row => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null]))),
  }
}
