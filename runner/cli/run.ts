import { styleText } from 'node:util'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/settings.ts'
import { systemClock } from '../core/clock.ts'
import { HowdahError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { createLogger } from '../core/log.ts'
import type { Block } from '../core/markdown.ts'
import { createProgress } from '../core/progress.ts'
import type { Runtime } from '../core/runtime.ts'
import { explainError } from '../postgres/explain.ts'
import { loadVerbs } from './load-verb.ts'
import { type Invocation, parseCommandLine } from './program.ts'
import { appendSummary, failureBlocks, markdownText, reportBlocks } from './summary.ts'
import type { Ask, CommandLine, Done, Report } from './verb.ts'

/** Everything of the process that the program uses. `main.ts` fills it in; a test hands in its own. */
export interface Host {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly version: string
  readonly stdout: Channel
  readonly stderr: Channel
  readonly signal: AbortSignal
  /** Present when a person can answer. */
  readonly ask?: Ask | undefined
}

export interface Channel {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  readonly columns: () => number
}

/** The version of the shape of `--json` documents; raised when a field changes its meaning or goes. */
const SCHEMA_VERSION = 1

/** Runs one command line to its end and returns the exit code. Never throws. */
export async function run(host: Host): Promise<number> {
  let invocation: Invocation | undefined
  try {
    const parsed = parseCommandLine(host.argv, host.version, await loadVerbs(host.argv))
    if ('help' in parsed) {
      host.stdout.write(parsed.help)
      return EXIT.done
    }
    invocation = parsed
    return await runVerb(host, parsed)
  } catch (thrown) {
    const error = explainError(host.signal.aborted ? host.signal.reason : thrown)
    // A parse error leaves no invocation: then the flag itself is the best sign of what the caller wants.
    const json = invocation?.json ?? host.argv.includes('--json')
    const markdown = !json && (invocation?.markdown ?? host.argv.includes('--markdown'))
    const verb = invocation?.verb.path.join(' ') ?? null
    if (markdown) host.stdout.write(markdownText(failureBlocks(verb, error)))
    reportError(host, error, json, verb)
    return error.exit
  }
}

async function runVerb(host: Host, invocation: Invocation): Promise<number> {
  const { verb, flags, argument, words, settings, json, markdown } = invocation
  const { config, provenance } = await loadConfig({ cwd: host.cwd, env: host.env, flags: settings })
  const name = verb.path.join(' ')
  const report = (done: Report) => {
    const { data, text } = done
    if (json)
      host.stdout.write(
        `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, verb: name, ...data }, null, 2)}\n`,
      )
    else host.stdout.write(markdown ? markdownText(reportBlocks(name, done)) : `${text}\n`)
  }
  const runtime = createRuntime(host, config)
  const { cwd, env, version } = host
  const { summaryFile: file } = config
  const summarize = async (blocks: () => readonly Block[]) => {
    if (file !== undefined && verb.settings.includes('summaryFile'))
      await appendSummary(blocks, { file, cwd, log: runtime.log })
  }
  const ask = json ? undefined : host.ask
  const terminal = host.stdout.isTerminal
  const context = {
    config,
    provenance,
    flags,
    argument,
    words,
    understand: (line: readonly string[]) => understand(line, version),
    runtime,
    cwd,
    env,
    version,
    report,
    json,
    terminal,
    ask,
  }
  let outcome: Report | Done
  try {
    outcome = await verb.run(context)
  } catch (thrown) {
    const error = explainError(host.signal.aborted ? host.signal.reason : thrown)
    await summarize(() => failureBlocks(name, error))
    throw error
  }
  if (!('data' in outcome)) return outcome.exit
  const done = outcome
  report(done)
  if (done.error) writeError(host, done.error)
  await summarize(() => reportBlocks(name, done))
  return done.exit
}

async function understand(words: readonly string[], version: string): Promise<CommandLine> {
  const parsed = parseCommandLine(words, version, await loadVerbs(words))
  if ('help' in parsed)
    throw new HowdahError('usage-invalid', { problem: `"${words.join(' ')}" names no verb` })
  return { verb: parsed.verb.path.join(' '), settings: parsed.settings }
}

function createRuntime({ stderr, env, signal }: Host, config: Config): Runtime {
  const colours = coloursWanted(stderr, env)
  const runId = crypto.randomUUID()
  const format = config.logFormat === 'auto' ? (stderr.isTerminal ? 'pretty' : 'json') : config.logFormat
  const clock = systemClock
  const terminal = stderr.isTerminal && format === 'pretty' ? stderr : undefined
  // The line of a step that is being drawn is drawn again below.
  const write = terminal ? (text: string) => terminal.write(`\r\x1b[K${text}`) : stderr.write
  const log = createLogger({
    format,
    level: config.logLevel,
    colours,
    runId,
    now: clock.now,
    write,
  })
  return { log, clock, signal, runId, progress: createProgress({ log, clock, terminal, colours }) }
}

/** https://no-color.org and the FORCE_COLOR convention; otherwise only on a terminal. */
function coloursWanted(channel: Channel, env: Host['env']): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true
  return channel.isTerminal
}

function reportError(host: Host, error: HowdahError, json: boolean, verb: string | null): void {
  if (json) {
    const document = {
      schemaVersion: SCHEMA_VERSION,
      verb,
      ok: false,
      exitCode: error.exit,
      error: error.report(),
    }
    host.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  }
  writeError(host, error)
}

/** An error as a person reads it: code, message, the place with a caret, what else went wrong, and what to do. */
function writeError({ stderr, env }: Host, error: HowdahError): void {
  const paint = (colour: 'red' | 'cyan', text: string) =>
    coloursWanted(stderr, env) ? styleText(colour, text, { validateStream: false }) : text
  const lines = [`${paint('red', `error[${error.code}]`)} ${error.message}`]
  if (error.excerpt) lines.push(error.excerpt)
  lines.push(...error.cleanup.map(problem => `  also, while cleaning up: ${problem}`))
  lines.push(`${paint('cyan', 'hint')} ${error.hint}`)
  if (error.code === 'internal-error' && error.cause instanceof Error && error.cause.stack)
    lines.push(error.cause.stack)
  stderr.write(`${lines.join('\n')}\n`)
}
