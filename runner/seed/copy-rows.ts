import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { escapeIdentifier } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Connection } from '../postgres/connect.ts'
import { type CopyValue, copyLine } from './copy-text.ts'

/** Text gathered before it is sent, in characters: large enough to be cheap, small enough to keep memory flat. */
const CHUNK_LENGTH = 64 * 1024

export interface CopyRows {
  readonly table: string
  readonly columns: readonly string[]
  /** Rows as values in the order of `columns`. A source may yield the same array again: it is read before the next is asked for. */
  readonly rows: Iterable<readonly CopyValue[]> | AsyncIterable<readonly CopyValue[]>
  /** Aborting makes the COPY fail: the server keeps none of its rows. The abort's reason is thrown. */
  readonly signal: AbortSignal
  /** Called after each chunk with the rows handed over so far. */
  readonly onProgress?: (rows: number) => void
}

/**
 * Streams rows into a table with `COPY … FROM STDIN`, never faster than the server takes them.
 * All of them arrive or none; the table name is looked up in the session's search path.
 * @returns the number of rows the server counted
 * @throws DatabaseError when the server refuses a row; nothing of this COPY remains
 */
export async function copyRows(connection: Connection, copy: CopyRows): Promise<number> {
  const { table, columns, rows, signal, onProgress } = copy
  signal.throwIfAborted()
  const names = columns.map(escapeIdentifier).join(', ')
  const sink = connection.client.query(copyFrom(`COPY ${escapeIdentifier(table)} (${names}) FROM STDIN`))
  try {
    await pipeline(Readable.from(chunks(rows, onProgress), { objectMode: true, highWaterMark: 1 }), sink, {
      signal,
    })
  } catch (error) {
    // The stream reports an abort as its own AbortError; the caller is to see why it was aborted.
    signal.throwIfAborted()
    throw error
  }
  return sink.rowCount
}

async function* chunks(
  rows: CopyRows['rows'],
  onProgress: CopyRows['onProgress'],
): AsyncGenerator<Buffer, void, undefined> {
  let text = ''
  let count = 0
  const next = async () => {
    const chunk = Buffer.from(text)
    text = ''
    onProgress?.(count)
    // A source that never waits would keep signals, timers and other sessions waiting.
    await nextTurn()
    return chunk
  }
  if (Symbol.asyncIterator in rows) {
    for await (const row of rows) {
      text += copyLine(row)
      count++
      if (text.length >= CHUNK_LENGTH) yield next()
    }
  } else {
    // Not `for await`: it would cost a turn of the microtask queue for every row.
    for (const row of rows) {
      text += copyLine(row)
      count++
      if (text.length >= CHUNK_LENGTH) yield next()
    }
  }
  if (text.length > 0) yield next()
}
