import { Command, CommanderError, Option } from 'commander'
import type { Setting } from '../config/setting.ts'
import { flagNameOf, SETTINGS, type SettingName } from '../config/settings.ts'
import { HowdahError } from '../core/errors.ts'
import type { Flag, Verb } from './verb.ts'

/** A parsed command line: the verb, its own flags, and the settings given as flags. */
export interface Invocation {
  readonly verb: Verb
  readonly json: boolean
  /** Whether the report is printed as Markdown. */
  readonly markdown: boolean
  readonly flags: Readonly<Record<string, unknown>>
  readonly argument: string | undefined
  /** Of an argument that takes several. */
  readonly words: readonly string[]
  readonly settings: Readonly<Record<string, unknown>>
}

/** Help was asked for, or nothing at all: the text to print, and whether that is a success. */
export interface HelpRequest {
  readonly help: string
}

/** The settings a verb takes as flags: its own, and those of the log. */
function settingsOf(verb: Verb): readonly SettingName[] {
  return [...new Set<SettingName>([...verb.settings, 'logLevel', 'logFormat'])]
}

/**
 * Reads a command line.
 * @throws HowdahError usage-invalid, with the parser's suggestion for a misspelt verb or flag
 */
export function parseCommandLine(
  argv: readonly string[],
  version: string,
  verbs: readonly Verb[],
): Invocation | HelpRequest {
  let invocation: Invocation | undefined
  let output = ''
  const root = createProgram(version, verbs, (verb, options, argument) => {
    const words = typeof argument === 'string' ? [] : (argument ?? [])
    invocation = {
      ...toInvocation(verb, options),
      argument: typeof argument === 'string' ? argument : undefined,
      words,
    }
  })
  for (const command of [root, ...everyCommand(root)]) {
    command.exitOverride().configureOutput({
      writeOut: text => {
        output += text
      },
      writeErr: text => {
        output += text
      },
    })
  }
  try {
    root.parse(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0 || error.code === 'commander.help') return { help: output }
    const problem = error.message.replace(/^error: /, '')
    throw new HowdahError('usage-invalid', { problem, command: commandOf(argv, verbs) })
  }
  return invocation ?? { help: root.helpInformation() }
}

/** The command line's grammar; `--help` and the README are made of it. */
export function createProgram(
  version: string,
  verbs: readonly Verb[],
  onVerb: (
    verb: Verb,
    options: Record<string, unknown>,
    argument: string | readonly string[] | undefined,
  ) => void,
): Command {
  const root = new Command('howdah')
    .description('Everything between a Prisma schema and a Postgres that people can rely on.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a verb, with examples')
    .showSuggestionAfterError()
  for (const verb of verbs) {
    const command = groupOf(root, verb.path.slice(0, -1)).command(verb.path.at(-1) ?? '')
    command.summary(verb.summary).description([verb.summary, verb.description].filter(Boolean).join('\n\n'))
    command.helpOption('-h, --help', 'print this').allowExcessArguments(false).showSuggestionAfterError()
    for (const flag of verb.flags) command.addOption(ownOption(flag))
    for (const name of settingsOf(verb)) {
      const option = settingOption(name)
      if (option) command.addOption(option)
    }
    command.addOption(new Option('--json', 'print the report as one JSON document'))
    if (hasMarkdown(verb)) command.addOption(new Option('--markdown', 'print the report as Markdown'))
    command.addHelpText(
      'after',
      `\nExamples:\n${verb.examples.map(({ command: line, meaning }) => `  ${line}\n      ${meaning}`).join('\n')}`,
    )
    if (verb.argument) {
      command.argument(verb.argument.name, verb.argument.help)
      command.action((argument, options) => onVerb(verb, options, argument))
    } else command.action(options => onVerb(verb, options, undefined))
  }
  return root
}

const hasMarkdown = (verb: Verb) => verb.settings.includes('summaryFile')

function groupOf(root: Command, path: readonly string[]): Command {
  return path.reduce((parent, name) => {
    const existing = parent.commands.find(command => command.name() === name)
    if (existing) return existing
    return parent
      .command(name)
      .description(GROUPS[name] ?? '')
      .showSuggestionAfterError()
  }, root)
}

const GROUPS: Readonly<Record<string, string>> = {
  migrate: 'apply Prisma migrations and their extra SQL, and tell where a database stands',
  metrics: 'what the exporter can tell of a database, without one',
  ecs: 'verbs as tasks in Amazon ECS',
  config: 'the settings and where their values come from',
}

export function everyCommand(command: Command): Command[] {
  return command.commands.flatMap(child => [child, ...everyCommand(child)])
}

function ownOption(flag: Flag): Option {
  const option = new Option(flag.name, flag.help)
  if (flag.fallback !== undefined) option.default(flag.fallback)
  return option
}

function settingOption(name: SettingName): Option | undefined {
  const entry: Setting = SETTINGS[name]
  if (!entry.flag) return undefined
  const fallback =
    entry.fallback === undefined || entry.fallback === false ? '' : ` (default: ${String(entry.fallback)})`
  // No default here: a default of the parser would override the environment and the configuration file.
  return new Option(entry.flag, `${entry.help}${fallback} [${entry.env.join(', ')}]`)
}

function toInvocation(verb: Verb, options: Record<string, unknown>): Omit<Invocation, 'argument' | 'words'> {
  const settings: Record<string, unknown> = {}
  for (const name of settingsOf(verb)) {
    const value = options[optionKey(flagNameOf(name))]
    if (value !== undefined) settings[name] = value
  }
  const flags: Record<string, unknown> = {}
  for (const flag of verb.flags) {
    const key = optionKey(flag.name.split(' ')[0])
    const value = options[key]
    flags[key] = typeof value === 'string' && flag.parse ? parseFlag(flag, value, verb) : value
  }
  const [json, markdown] = [options.json === true, options.markdown === true]
  if (json && markdown) {
    const problem = '--json and --markdown: a report is printed in one form'
    throw new HowdahError('usage-invalid', { problem, command: verb.path.join(' ') })
  }
  return { verb, json, markdown, flags, settings }
}

function parseFlag(flag: Flag, value: string, verb: Verb): unknown {
  const parsed = flag.parse?.(value)
  if (parsed !== undefined) return parsed
  throw new HowdahError('usage-invalid', {
    problem: `${flag.name}: "${value}" is not possible here`,
    command: verb.path.join(' '),
  })
}

/** `--lock-timeout-ms` is stored as `lockTimeoutMs`. */
function optionKey(flag: string | undefined): string {
  return (flag ?? '').replace(/^--/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function commandOf(argv: readonly string[], verbs: readonly Verb[]): string {
  const known = verbs.find(verb => verb.path.every((word, index) => argv[index] === word))
  return known?.path.join(' ') ?? ''
}
