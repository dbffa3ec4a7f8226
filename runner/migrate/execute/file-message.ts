import type { Connection } from '../../postgres/connect.ts'
import type { Script } from '../plan/script.ts'
import type { MigrationLimits } from './lock-policy.ts'
import { freshSession, leaveSettings } from './session.ts'
import { bounds } from './step-context.ts'

/** A file in its transaction, as it is sent. */
export interface FileMessage {
  readonly before: readonly string[]
  readonly body: string
  readonly after: readonly string[]
}

/**
 * The transaction of a file. The text between its first and last statement goes as it is, so that the server's positions are
 * the file's; it may end in a line comment, so the semicolon behind it stands on a line of its own.
 * @param end what is recorded of it, behind the file's own text
 */
export function fileMessage(
  connection: Connection,
  script: Script,
  limits: MigrationLimits,
  lockTimeoutMs: number,
  { opening, end }: { readonly opening: readonly string[]; readonly end: readonly string[] },
): FileMessage {
  return {
    before: [
      // A file before may have made read-only the default.
      'BEGIN READ WRITE',
      ...freshSession(connection, limits),
      ...bounds(lockTimeoutMs, limits),
      ...opening,
    ],
    body: bodyOf(script),
    after: [...leaveSettings(script, limits), ...end, 'COMMIT'],
  }
}

/** The text from the first statement to the last, with blanks where a BEGIN or COMMIT was left out: what is behind stays where it is. */
function bodyOf({ text, statements, leftOut }: Script): string {
  const [first, last] = [statements.at(0), statements.at(-1)]
  if (!first || !last) return ''
  let blanked = text
  for (const { start, text: control } of leftOut)
    blanked = `${blanked.slice(0, start)}${control.replace(/\S/g, ' ')}${blanked.slice(start + control.length)}`
  return blanked.slice(first.start, last.start + last.text.length)
}

/** The part before the file's own text. */
export const headOf = ({ before }: FileMessage) => `${before.join(';\n')};\n`

/** What goes over the wire. */
export function messageText(message: FileMessage): string {
  return `${headOf(message)}${message.body}\n;\n${message.after.join(';\n')}`
}
