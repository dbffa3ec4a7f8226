import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Compliance, exitCodeOf } from '../../infra/policy/report/compliance.ts'
import { complianceMarkdown } from '../../infra/policy/report/markdown.ts'
import { complianceOfStacks } from '../harness/pulumi-compliance.ts'
import { ProgramFailed } from '../harness/pulumi-project.ts'
import { ROOT } from '../harness/pulumi-run-program.ts'

/**
 * `npm run infra:compliance`: writes infra/COMPLIANCE.md and prints it; with `--json` it prints the same as data and writes
 * nothing. Ends with 3 where a stack violates what it is held to, with 6 where that cannot be told, and with 2 where a program
 * refuses its settings, of which nothing can be said at all.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
try {
  report(await complianceOfStacks())
} catch (error) {
  if (!(error instanceof ProgramFailed)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}

function report(compliance: Compliance) {
  const markdown = complianceMarkdown(compliance)
  if (!values.json) writeFileSync(join(ROOT, 'infra/COMPLIANCE.md'), markdown)
  process.stdout.write(values.json ? `${JSON.stringify(compliance, undefined, 2)}\n` : markdown)
  process.exitCode = exitCodeOf(compliance)
}
