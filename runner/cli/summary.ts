import { constants, type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { errorBlocks } from '../core/error-markdown.ts'
import { type HowdahError, messageOf } from '../core/errors.ts'
import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import type { Logger } from '../core/log.ts'
import { type Block, fenced, renderMarkdown } from '../core/markdown.ts'
import type { Report } from './verb.ts'

/**
 * The most Markdown that one step of a CI job may have, in bytes: GitHub drops the whole summary of a step beyond 1 MiB
 * (1,048,576), which several verbs of that step may share.
 */
const MOST_BYTES = 1_000_000

/** Less room than this in a summary file is none, in bytes. */
const LEAST_BYTES = 4096

const HOW: Readonly<Record<ExitCode, string>> = {
  [EXIT.done]: 'done',
  [EXIT.bug]: 'failed: a bug in Howdah',
  [EXIT.usage]: 'usage or configuration',
  [EXIT.refused]: 'refused',
  [EXIT.failed]: 'failed',
  [EXIT.busy]: 'a lock was not to be had',
  [EXIT.unhealthy]: 'unhealthy',
  [EXIT.interrupted]: 'interrupted',
}

/** The Markdown of a report. Where a verb has none of its own: its text as it is. */
export function reportBlocks(verb: string, { markdown, text, exit, error }: Report): readonly Block[] {
  if (markdown) return markdown()
  const heading = `## ${exit === EXIT.done ? '✔' : '✖'} howdah ${verb}: ${HOW[exit]}`
  return [heading, fenced(text), ...(error ? errorBlocks(error) : [])]
}

/** The Markdown of a run that ended in an error instead of a report. */
export function failureBlocks(verb: string | null, error: HowdahError): readonly Block[] {
  return [`## ✖ howdah ${verb ?? ''}: ${HOW[error.exit]}`.replace(' :', ':'), ...errorBlocks(error)]
}

/** Markdown for stdout; it may well be redirected into a step's summary. */
export function markdownText(blocks: readonly Block[]): string {
  return renderMarkdown(blocks, MOST_BYTES)
}

/**
 * Appends to the file that a CI system shows. A summary is a courtesy: where it cannot be written, that is a warning, and the
 * outcome of the run stays what it is.
 */
export async function appendSummary(
  blocks: () => readonly Block[],
  { file, cwd, log }: { readonly file: string; readonly cwd: string; readonly log: Logger },
): Promise<void> {
  let handle: FileHandle | undefined
  try {
    // Without O_NONBLOCK a pipe that nobody reads would hold us up for ever.
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK
    handle = await open(resolve(cwd, file), flags, 0o666)
    const { size } = await handle.stat()
    const room = MOST_BYTES - size
    if (room < LEAST_BYTES)
      throw new Error(`it has ${size} bytes already, and CI systems show no more than 1 MiB`)
    // A report that somebody else left without a line's end would swallow our heading.
    const text = renderMarkdown(blocks(), room - 1)
    const written = await handle.write(size > 0 ? `\n${text}` : text)
    if (written.bytesWritten < Buffer.byteLength(text)) throw new Error('only a part of it could be written')
  } catch (error) {
    const sentence = `the Markdown summary was not written to ${file}: ${messageOf(error)}`
    log.warn('summary.unwritten', sentence, { file, reason: messageOf(error) })
  } finally {
    await handle?.close().catch(() => undefined)
  }
}
