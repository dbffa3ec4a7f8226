import type { Provenance } from '../config/parse.ts'
import type { Config, SettingName } from '../config/settings.ts'
import type { HowdahError } from '../core/errors.ts'
import type { ExitCode } from '../core/exit-codes.ts'
import type { Block } from '../core/markdown.ts'
import type { Runtime } from '../core/runtime.ts'

/** What a verb is given: the parsed settings, its own flags and the process around it. */
export interface VerbContext {
  readonly config: Config
  readonly provenance: Provenance
  readonly flags: Readonly<Record<string, unknown>>
  /** What was given for the verb's `argument`. */
  readonly argument?: string | undefined
  /** What was given for an `argument` that takes several words. */
  readonly words: readonly string[]
  /** Reads a command line, without `howdah`, as this program would. @throws HowdahError usage-invalid */
  readonly understand: (words: readonly string[]) => Promise<CommandLine>
  readonly runtime: Runtime
  /** The directory the project's files are looked for in. */
  readonly cwd: string
  /** The environment for child processes; settings were read from it already. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Writes a report before the verb ends; for verbs that keep running. */
  readonly report: (report: Report) => void
  /** The runner's own version. */
  readonly version: string
  /** Whether the report goes to a program (`--json`). */
  readonly json: boolean
  /** Whether the report goes to a person at a terminal. */
  readonly terminal: boolean
  /** Asks the person at the terminal; absent where nobody is there to answer, or a program reads the report. */
  readonly ask?: Ask | undefined
}

/** A command line as it was understood. */
export interface CommandLine {
  /** `migrate deploy` */
  readonly verb: string
  /** The settings given as flags. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** Puts a question to a person. @returns what was typed, without the line's end; `undefined` when the input ended */
export type Ask = (question: string) => Promise<string | undefined>

/** The outcome of a verb in its forms. */
export interface Report {
  /** For a program: one JSON document together with `schemaVersion` and `verb`. */
  readonly data: Readonly<Record<string, unknown>>
  /** For a person. */
  readonly text: string
  /** For a page of a CI system; made only when it is asked for. Absent: the text, as a block. */
  readonly markdown?: () => readonly Block[]
  readonly exit: ExitCode
  /** Why the verb did not succeed, where the report lists what it did before; shown after it, on stderr. */
  readonly error?: HowdahError
}

/** The end of a verb whose report was shown while it ran. */
export interface Done {
  /** One of ours, or that of the program it ran elsewhere. */
  readonly exit: number
}

export interface Flag {
  /** As the argument parser wants it: `--rows <count>`. */
  readonly name: string
  readonly help: string
  readonly parse?: (value: string) => unknown
  readonly fallback?: unknown
}

/** One verb: its name, its help, and the one capability it calls. */
export interface Verb {
  /** `['migrate', 'deploy']` */
  readonly path: readonly [string, ...string[]]
  readonly summary: string
  /** What it does, in a few lines, below the summary in `--help`. */
  readonly description?: string
  /** The settings it uses; each has its flag here. A verb with `summaryFile` also has `--markdown`. */
  readonly settings: readonly SettingName[]
  /** What follows the verb without a flag, where there is such a thing: one word (several where the name ends in dots), which must be given unless it is in brackets. */
  readonly argument?: { readonly name: string; readonly help: string }
  readonly flags: readonly Flag[]
  readonly examples: readonly { readonly command: string; readonly meaning: string }[]
  readonly run: (context: VerbContext) => Promise<Report | Done>
}
