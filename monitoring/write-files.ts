import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedRules } from './rules/generated-rules.ts'
import { readRunbookNames } from './runbooks.ts'

/** `npm run monitoring`: writes the rules as Prometheus reads them. */
const root = join(import.meta.dirname, '..')
for (const [path, text] of Object.entries(generatedRules(readRunbookNames(root))))
  writeFileSync(join(root, path), text)
