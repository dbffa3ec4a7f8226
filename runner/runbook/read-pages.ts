import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { closest } from 'fastest-levenshtein'
import { HowdahError } from '../core/errors.ts'
import { type Page, parsePage } from './page.ts'
import { parseQuestion, type Question } from './question.ts'

/** Where the pages lie: beside the runner, in a checkout and in the package alike. */
const FOLDER = new URL('../../monitoring/runbooks/', import.meta.url)

const fileOf = (path: string) => fileURLToPath(new URL(path, FOLDER))

/** Alerts that have a page, by name. */
async function pageNames(): Promise<readonly string[]> {
  const files = await readdir(FOLDER)
  return files.flatMap(file => (file.endsWith('.md') ? [file.slice(0, -3)] : [])).sort()
}

/** Every page, by name. */
export async function readPages(): Promise<readonly Page[]> {
  return Promise.all((await pageNames()).map(read))
}

/** The page of one alert. @throws HowdahError runbook-unknown, with the name that is closest */
export async function readPage(name: string): Promise<Page> {
  const names = await pageNames()
  if (names.includes(name)) return read(name)
  const lower = name.toLowerCase()
  const suggestion = names.find(each => each.toLowerCase() === lower) ?? closest(name, names)
  throw new HowdahError('runbook-unknown', { name, suggestion })
}

/** What a page asks, in its order. */
export function readQuestions(page: Page): Promise<readonly Question[]> {
  return Promise.all(
    page.questions.map(async name => parseQuestion(name, await readFile(fileOf(`sql/${name}.sql`), 'utf8'))),
  )
}

async function read(name: string): Promise<Page> {
  return parsePage(name, await readFile(fileOf(`${name}.md`), 'utf8'))
}
