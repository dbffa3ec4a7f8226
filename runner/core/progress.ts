import { styleText } from 'node:util'
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'
import { formatDuration } from './units.ts'

/** One piece of work that a person is waiting for. */
export interface Step {
  /** Replaces the text behind the title: "42 %, 90,000 rows/s". */
  update(detail: string): void
  /** The step succeeded. */
  done(detail?: string): void
  /** The step did not succeed; the error itself is reported elsewhere. */
  fail(): void
}

/** Progress of long work: ticks and times on a terminal, log lines elsewhere. */
export interface Progress {
  step(title: string): Step
}

export interface ProgressOptions {
  readonly log: Logger
  readonly clock: Clock
  /** Present when a person is watching; receives control sequences. */
  readonly terminal?: { readonly write: (text: string) => void; readonly columns: () => number } | undefined
  readonly colours: boolean
  /** Without a terminal: at most one line per step in this time. */
  readonly lineEveryMs?: number
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const
const FRAME_MS = 100

export function createProgress(options: ProgressOptions): Progress {
  return { step: title => (options.terminal ? terminalStep(options, title) : lineStep(options, title)) }
}

function lineStep({ log, clock, lineEveryMs = 5000 }: ProgressOptions, title: string): Step {
  const start = clock.monotonicMs()
  let lastLine = start
  log.debug('step.started', title)
  return {
    update: detail => {
      if (clock.monotonicMs() - lastLine < lineEveryMs) return
      lastLine = clock.monotonicMs()
      log.info('step.progress', `${title}: ${detail}`, { step: title, detail })
    },
    done: detail => {
      const durationMs = Math.round(clock.monotonicMs() - start)
      const suffix = detail ? `: ${detail}` : ''
      log.info('step.done', `${title}${suffix} (${formatDuration(durationMs)})`, {
        step: title,
        detail,
        durationMs,
      })
    },
    fail: () => log.error('step.failed', `${title} failed`, { step: title }),
  }
}

function terminalStep({ clock, terminal, colours }: ProgressOptions, title: string): Step {
  const start = clock.monotonicMs()
  const paint = (colour: 'green' | 'red' | 'dim' | 'cyan', text: string) =>
    colours ? styleText(colour, text, { validateStream: false }) : text
  let detail = ''
  let frame = 0
  // A line longer than the terminal would wrap, and the carriage return could no longer take it back.
  const clip = (text: string) => text.slice(0, Math.max(20, (terminal?.columns() ?? 80) - 14))
  const draw = () => {
    const spinner = FRAMES[frame++ % FRAMES.length] ?? ''
    const elapsed = formatDuration(clock.monotonicMs() - start)
    terminal?.write(
      `\r\x1b[K${paint('cyan', spinner)} ${clip(`${title}${detail && ` · ${detail}`}`)} ${paint('dim', elapsed)}`,
    )
  }
  const finish = (mark: string, text: string) => {
    clearInterval(timer)
    const elapsed = formatDuration(clock.monotonicMs() - start)
    terminal?.write(`\r\x1b[K${mark} ${text} ${paint('dim', elapsed)}\n`)
  }
  draw()
  const timer = setInterval(draw, FRAME_MS)
  timer.unref()
  return {
    update: text => {
      detail = text
    },
    done: text => finish(paint('green', '✔'), text ? `${title} · ${text}` : title),
    fail: () => finish(paint('red', '✘'), title),
  }
}

/** Runs `body` as one step and gives back its value; `detail` says in a few words what came of it. */
export async function step<T>(
  progress: Progress,
  title: string,
  body: (step: Step) => Promise<T>,
  detail: (value: T) => string,
): Promise<T> {
  const current = progress.step(title)
  let value: T
  try {
    value = await body(current)
  } catch (error) {
    current.fail()
    throw error
  }
  current.done(detail(value))
  return value
}

/** Progress of a part, shown as the detail of the step it belongs to. */
export function progressWithin(parent: Step): Progress {
  return {
    step: title => {
      parent.update(title)
      return {
        update: detail => parent.update(`${title} · ${detail}`),
        done: () => undefined,
        fail: () => undefined,
      }
    },
  }
}
