import { configShow } from './config-show.ts'
import type { Verb } from './verb.ts'

/** The registry of verbs, in the order `--help` lists them. */
export const VERBS: readonly Verb[] = [configShow]
