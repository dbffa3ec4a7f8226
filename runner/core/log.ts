import { styleText } from 'node:util'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Values that travel with an event. Units belong in the names: `durationMs`, `sizeBytes`. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * The log: what happened, on stderr. An event has a stable dotted name for programs (`migration.applied`)
 * and a sentence for people.
 */
export interface Logger {
  event(level: LogLevel, name: string, sentence: string, fields?: LogFields): void
  debug(name: string, sentence: string, fields?: LogFields): void
  info(name: string, sentence: string, fields?: LogFields): void
  warn(name: string, sentence: string, fields?: LogFields): void
  error(name: string, sentence: string, fields?: LogFields): void
}

export interface LogOptions {
  readonly format: 'pretty' | 'json'
  readonly level: LogLevel
  readonly colours: boolean
  readonly runId: string
  readonly now: () => Date
  readonly write: (line: string) => void
}

export function createLogger(options: LogOptions): Logger {
  const render = options.format === 'json' ? jsonLine : prettyLine
  const event: Logger['event'] = (level, name, sentence, fields = {}) => {
    if (RANK[level] < RANK[options.level]) return
    options.write(`${render(options, level, name, sentence, fields)}\n`)
  }
  return {
    event,
    debug: (name, sentence, fields) => event('debug', name, sentence, fields),
    info: (name, sentence, fields) => event('info', name, sentence, fields),
    warn: (name, sentence, fields) => event('warn', name, sentence, fields),
    error: (name, sentence, fields) => event('error', name, sentence, fields),
  }
}

function jsonLine(
  options: LogOptions,
  level: LogLevel,
  name: string,
  sentence: string,
  fields: LogFields,
): string {
  const time = options.now().toISOString()
  return JSON.stringify({ time, level, event: name, run: options.runId, message: sentence, ...fields })
}

const MARK = { debug: '·', info: ' ', warn: '!', error: '✘' } as const
const COLOUR = { debug: 'dim', info: 'reset', warn: 'yellow', error: 'red' } as const

function prettyLine(options: LogOptions, level: LogLevel, _name: string, sentence: string): string {
  const line = `${MARK[level]} ${sentence}`
  return options.colours ? styleText(COLOUR[level], line, { validateStream: false }) : line
}

/** A logger that drops everything; for library callers and tests. */
export function silentLogger(): Logger {
  return createLogger({
    format: 'json',
    level: 'error',
    colours: false,
    runId: '',
    now: () => new Date(0),
    write: () => {},
  })
}
