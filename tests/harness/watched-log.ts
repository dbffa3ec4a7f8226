import { createLogger, type Logger } from '../../runner/core/log.ts'

/** A log at its most talkative, and what it was told. */
export function watchedLog(): {
  readonly log: Logger
  readonly events: () => string[]
  readonly text: () => string
} {
  const lines: string[] = []
  const log = createLogger({
    format: 'json',
    level: 'debug',
    colours: false,
    runId: 'test',
    now: () => new Date(),
    write: line => lines.push(line),
  })
  return { log, events: () => lines.map(line => JSON.parse(line).event), text: () => lines.join('') }
}
