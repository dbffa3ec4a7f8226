import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Alerts that have a runbook, by the files in `monitoring/runbooks`. */
export function readRunbookNames(root: string): ReadonlySet<string> {
  const folder = join(root, 'monitoring/runbooks')
  const files = existsSync(folder) ? readdirSync(folder) : []
  return new Set(files.flatMap(file => (file.endsWith('.md') ? [file.slice(0, -3)] : [])))
}
