import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCodeOf } from '../../infra/policy/report/compliance.ts'
import { complianceMarkdown } from '../../infra/policy/report/markdown.ts'
import { complianceOfStacks } from '../harness/pulumi-compliance.ts'
import { ROOT } from '../harness/pulumi-run-program.ts'

/**
 * `npm run infra:compliance`: writes infra/COMPLIANCE.md and prints it; with `--json` it prints the same as data and writes
 * nothing. Ends with 3 where a stack violates what it is held to, with 6 where that cannot be told.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const compliance = await complianceOfStacks()
const markdown = complianceMarkdown(compliance)
if (!values.json) writeFileSync(join(ROOT, 'infra/COMPLIANCE.md'), markdown)
process.stdout.write(values.json ? `${JSON.stringify(compliance, undefined, 2)}\n` : markdown)
process.exitCode = exitCodeOf(compliance)
