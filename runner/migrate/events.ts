import type { Logger, LogLevel } from '../core/log.ts'
import type { Blocker } from '../postgres/blockers.ts'

/** One value of an event: what it means, with its unit where it has one. `kind` stands for its type. */
interface Field<T> {
  readonly meaning: string
  readonly kind: string
  /** The type of the value; there for the compiler alone. */
  readonly value?: T
}

interface EventDefinition {
  readonly level: LogLevel
  readonly meaning: string
  readonly fields: Readonly<Record<string, Field<unknown>>>
}

const text = (meaning: string): Field<string> => ({ meaning, kind: 'text' })
const number = (meaning: string): Field<number> => ({ meaning, kind: 'number' })
const optionalText = (meaning: string): Field<string | null> => ({ meaning, kind: 'text or null' })
const optionalNumber = (meaning: string): Field<number | null> => ({ meaning, kind: 'number or null' })
const sessions = (meaning: string): Field<readonly Blocker[]> => ({ meaning, kind: 'list of sessions' })

const MIGRATION = text('name of its folder')
const ATTEMPTS = number('how often it was tried')
const DURATION = number('milliseconds')
const BLOCKERS = sessions('who held it up, as last seen')
const POOLER = text('host:port of its admin console')
const INDEX = text('name of the index')

/**
 * Every event that migrations log, by name: the one list. Lines on stderr carry `time`, `level`, `event`, `run` (the run's id,
 * as in the ledger) and `message` besides. A run with nothing to do logs none but `migration.missing`.
 */
export const MIGRATION_EVENTS = {
  'run.started': {
    level: 'info',
    meaning: 'a run that has something to do begins; the run lock is held',
    fields: {
      verb: text('as on the command line'),
      migrations: number('migrations to apply'),
      steps: number('steps they consist of'),
      repeatables: number('files of repeatable/ that changed'),
    },
  },
  'run.finished': {
    level: 'info',
    meaning: 'the run is over',
    fields: {
      outcome: text('done, failed or interrupted'),
      errorCode: optionalText('code of the error that ended it'),
      durationMs: DURATION,
      applied: number('steps that took effect'),
      failed: number('steps that failed'),
      notRun: number('steps that were not begun'),
    },
  },
  'migration.started': {
    level: 'debug',
    meaning: 'the steps of one migration begin',
    fields: { migration: MIGRATION, steps: number('steps outstanding') },
  },
  'migration.applied': {
    level: 'debug',
    meaning: 'all steps of a migration have taken effect',
    fields: { migration: MIGRATION, durationMs: DURATION, steps: number('steps it took') },
  },
  'migration.undone': {
    level: 'debug',
    meaning: 'a migration was taken back by its down.sql',
    fields: { migration: MIGRATION, durationMs: DURATION, steps: number('steps it took') },
  },
  'migration.failed': {
    level: 'error',
    meaning: 'a step of a migration failed; what follows is not run',
    fields: {
      migration: MIGRATION,
      durationMs: DURATION,
      code: text('code of the error'),
      sqlstate: optionalText('what the server said'),
      location: optionalText('file:line:column'),
    },
  },
  'migration.missing': {
    level: 'warn',
    meaning: 'a migration is applied but not on disk',
    fields: { migration: MIGRATION },
  },
  'step.applied': {
    level: 'debug',
    meaning: 'one transaction or one statement has taken effect, or had already',
    fields: {
      migration: MIGRATION,
      file: text('migration.sql or extra.sql'),
      line: number('line of its first statement'),
      summary: text('the statement without its literals, cut; or the number of statements'),
      state: text('applied or skipped'),
      durationMs: DURATION,
      attempts: ATTEMPTS,
      lockWaitMs: number('milliseconds from the first attempt to the one that had its locks'),
      blockers: BLOCKERS,
      rows: optionalNumber('rows it touched, where the server says'),
    },
  },
  'drift.unchecked': {
    level: 'debug',
    meaning: 'nobody can tell whether the schema was changed by hand since the last run',
    fields: { reason: text('why') },
  },
  'disk.unknown': {
    level: 'warn',
    meaning: 'the run takes much of the disk, and nobody can tell what is free',
    fields: { neededBytes: number('bytes, at the most') },
  },
  'migration.lock-ahead': {
    level: 'warn',
    meaning: 'a long transaction holds what a step is about to want; said before the first attempt',
    fields: {
      location: text('file:line:column'),
      relation: optionalText('the table; null where any table counts'),
      blockers: sessions('the session'),
    },
  },
  'migration.lock-wait': {
    level: 'warn',
    meaning: 'an attempt did not get its table lock; the next one comes',
    fields: {
      attempts: ATTEMPTS,
      waitedMs: number('milliseconds since the first attempt'),
      budgetMs: number('milliseconds after which deploy gives up'),
      blockers: BLOCKERS,
    },
  },
  'migration.blocker-ended': {
    level: 'warn',
    meaning: 'a session idle in a transaction was ended, as --terminate-blockers-after-ms asks for',
    fields: { blockers: sessions('the session') },
  },
  'index.progress': {
    level: 'debug',
    meaning: 'a concurrent index build entered a phase, or went on in it (at most every 5 s)',
    fields: {
      index: INDEX,
      phase: text('as in pg_stat_progress_create_index'),
      percent: optionalNumber('how much of the phase is done, 0 to 100'),
    },
  },
  'index.waiting': {
    level: 'info',
    meaning: 'a concurrent index build waits for other transactions (at most every 30 s)',
    fields: { index: INDEX, blockers: BLOCKERS },
  },
  'index.waiter-cancelled': {
    level: 'warn',
    meaning:
      'a session that waited for the run lock inside the server was cancelled: it would have deadlocked the build',
    fields: { index: INDEX, pid: number('its process') },
  },
  'index.healing': {
    level: 'warn',
    meaning: 'the INVALID index of an interrupted build is dropped and built anew',
    fields: { index: INDEX },
  },
  'index.retrying': {
    level: 'warn',
    meaning: 'an index build failed for a passing reason and is begun again',
    fields: { index: INDEX, attempts: ATTEMPTS },
  },
  'hook.output': {
    level: 'info',
    meaning: 'a line that the program of a hook wrote',
    fields: { hook: text('name of its file'), migration: optionalText('the one it stands before or behind') },
  },
  'pooler.not-told': {
    level: 'warn',
    meaning: 'a pooler could not be told to reconnect; the next deploy tells it',
    fields: { pooler: POOLER, reason: text('why') },
  },
  'pooler.closing': {
    level: 'warn',
    meaning: 'a pooler was told to reconnect, and clients still hold server connections from before',
    fields: { pooler: POOLER, closing: optionalNumber('how many; null where it does not say') },
  },
  'repeatables.recreating': {
    level: 'info',
    meaning: 'others use a view that changes: every view of repeatable/ is recreated, in one transaction',
    fields: { reason: text('what the server said') },
  },
  'repeatables.applied': {
    level: 'info',
    meaning: 'the changed files of repeatable/ have taken effect, all in one transaction',
    fields: { files: number('files applied'), durationMs: DURATION, attempts: ATTEMPTS },
  },
} as const satisfies Readonly<Record<string, EventDefinition>>

export type MigrationEvent = keyof typeof MIGRATION_EVENTS

export type EventFields<E extends MigrationEvent> = {
  readonly [F in keyof (typeof MIGRATION_EVENTS)[E]['fields']]: (typeof MIGRATION_EVENTS)[E]['fields'][F] extends Field<
    infer T
  >
    ? T
    : never
}

/** Logs an event with exactly its fields, at its level. `sentence` is for people. */
export function logEvent<E extends MigrationEvent>(
  log: Logger,
  event: E,
  sentence: string,
  fields: EventFields<E>,
): void {
  log.event(MIGRATION_EVENTS[event].level, event, sentence, { ...fields })
}
