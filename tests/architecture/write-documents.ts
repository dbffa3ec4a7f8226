import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GENERATED, withSection } from './generated-sections.ts'
import { ROOT } from './source-files.ts'

/** `npm run docs`: writes the generated parts of the documents. */
for (const [file, sections] of Object.entries(GENERATED)) {
  const path = join(ROOT, file)
  let text = readFileSync(path, 'utf8')
  for (const [mark, content] of Object.entries(sections)) text = withSection(text, mark, content())
  writeFileSync(path, text)
}
