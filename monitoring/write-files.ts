import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alertGroups } from './rules/alerts/registry.ts'
import { generatedRules } from './rules/generated-rules.ts'
import { filledRunbooks, readRunbookNames } from './runbooks.ts'

/** `npm run monitoring`: writes the rules as Prometheus reads them, and the generated parts of the runbooks. */
const root = join(import.meta.dirname, '..')
const files = {
  ...generatedRules(readRunbookNames(root)),
  ...filledRunbooks(
    root,
    alertGroups().flatMap(({ alerts }) => alerts),
  ),
}
for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text)
