import type { HowdahError } from './errors.ts'
import { fenced, prose } from './markdown.ts'

/** What went wrong, for a Markdown report: code, message with its excerpt, what to do, and what else went wrong on the way out. */
export function errorBlocks(error: HowdahError): string[] {
  const message = [error.message, error.excerpt].filter(part => part !== undefined && part !== '').join('\n')
  const blocks = [`Error \`${error.code}\`, exit code ${error.exit}:`, fenced(message)]
  if (error.cleanup.length > 0) blocks.push('Also, while cleaning up:', fenced(error.cleanup.join('\n')))
  blocks.push(`**What to do:** ${prose(error.hint)}`)
  return blocks
}
