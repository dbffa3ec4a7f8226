import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Alert } from './rules/rule.ts'

const FOLDER = 'monitoring/runbooks'

/** Alerts that have a runbook, by the files in `monitoring/runbooks`. */
export function readRunbookNames(root: string): ReadonlySet<string> {
  return new Set(namesIn(join(root, FOLDER), '.md'))
}

/**
 * The pages with their generated parts, by their path from the root: the head comes from the alert's rule, and each question from
 * its file, so that nothing stands twice. A page whose alert has no rule keeps the head it has.
 */
export function filledRunbooks(root: string, alerts: readonly Alert[]): Readonly<Record<string, string>> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  return Object.fromEntries(
    [...readRunbookNames(root)].map(name => {
      const path = `${FOLDER}/${name}.md`
      const alert = alerts.find(each => each.name === name)
      const page = alert ? filled(read(path), 'alert', headOf(alert)) : read(path)
      const questions = [...page.matchAll(/<!-- sql:([\w-]+) -->/g)].map(([, question = '']) => question)
      const asked = questions.reduce(
        (text, question) =>
          filled(text, `sql:${question}`, fence('sql', read(`${FOLDER}/sql/${question}.sql`).trim())),
        page,
      )
      return [path, asked]
    }),
  )
}

const namesIn = (folder: string, ending: string) =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter(file => file.endsWith(ending))
    .map(file => file.slice(0, -ending.length))
    .sort()

const fence = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``

/**
 * Labels stand in a summary by their names, since the page is of every alert of that name; what it says only where there is a
 * label stands in parentheses.
 */
function headOf({ name, severity, for: held, summary, expression }: Alert): string {
  const named = summary
    .replace(/( ?)\{\{ with \$labels\.(\w+) \}\}( ?)(.*?)\{\{ \. \}\}(.*?)\{\{ end \}\}/g, ' ($4`$2`$5)')
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, '`$1`')
  if (named.includes('{{')) throw new Error(`${name}: the head of its page has no form for "${named}"`)
  const when = held === '0s' ? 'at once' : `after ${held}`
  return `**${severity}**, ${when}: ${named}\n\n${fence('promql', expression.text)}`
}

function filled(text: string, mark: string, content: string): string {
  const between = new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*?(<!-- /${mark} -->)`)
  return text.replace(between, (_, open: string, close: string) => `${open}\n${content}\n\n${close}`)
}
