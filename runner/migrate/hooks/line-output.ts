import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'

/** A line longer than this is cut into several, so that a program that never ends one cannot fill our memory. */
const LONGEST_LINE = 8192
/** Lines that are passed on; a program that prints without end must not fill the log. */
const MOST_LINES = 10_000
/** Lines kept for the error message. */
const TAIL_LINES = 10

/** What a program prints, line by line: passed on up to a limit, the end of it kept. */
export class LineOutput {
  readonly #pass: (line: string) => void
  readonly #tail: string[] = []
  #count = 0

  constructor(pass: (line: string) => void) {
    this.#pass = pass
  }

  /** The last lines there were. */
  get tail(): readonly string[] {
    return this.#tail
  }

  read(stream: Readable): void {
    let begun = ''
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      const lines = `${begun}${chunk}`.split('\n')
      begun = lines.pop() ?? ''
      for (const line of lines) this.#line(line)
      while (begun.length > LONGEST_LINE) {
        this.#line(begun.slice(0, LONGEST_LINE))
        begun = begun.slice(LONGEST_LINE)
      }
    })
    stream.on('end', () => {
      if (begun !== '') this.#line(begun)
    })
    // The far end was killed in the middle of a line: what there was has been read.
    stream.on('error', () => undefined)
  }

  #line(text: string): void {
    // Whoever reads the log must not have the terminal rewritten by it.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
    const line = stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
    for (let at = 0; at === 0 || at < line.length; at += LONGEST_LINE)
      this.#emit(line.slice(at, at + LONGEST_LINE))
  }

  #emit(line: string): void {
    this.#tail.push(line)
    if (this.#tail.length > TAIL_LINES) this.#tail.shift()
    this.#count += 1
    if (this.#count <= MOST_LINES) this.#pass(line)
    else if (this.#count === MOST_LINES + 1)
      this.#pass(`… more than ${MOST_LINES} lines: the rest is left out`)
  }
}
