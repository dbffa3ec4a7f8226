import type { Logger, LogLevel } from '../core/log.ts'

const LEVELS: readonly unknown[] = ['debug', 'info', 'warn', 'error'] satisfies LogLevel[]

/**
 * Sorts what a container wrote: ECS keeps stdout and stderr as one. Lines of our log are logged as what they are, with their
 * time and their run; an error with its hint belongs to the log as well; all else is the report.
 */
export function sortLines(log: Logger, report: (line: string) => void): (line: string) => void {
  let inError = false
  return line => {
    const record = logRecord(line)
    if (record) {
      inError = false
      const { level, event, message, ...fields } = record
      log.event(level, event, message, fields)
      return
    }
    if (/^error\[[a-z0-9-]+\] /.test(line)) inError = true
    if (!inError) return report(line)
    log.error('ecs.output', line)
    if (line.startsWith('hint ')) inError = false
  }
}

interface LogRecord {
  readonly level: LogLevel
  readonly event: string
  readonly message: string
}

function logRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{"time":')) return undefined
  try {
    const record = JSON.parse(line) as Partial<LogRecord>
    const whole = LEVELS.includes(record.level) && typeof record.event === 'string'
    return whole && typeof record.message === 'string' ? (record as LogRecord) : undefined
  } catch {
    // Cut off by CloudWatch at 256 KiB, or no line of ours after all.
    return undefined
  }
}
