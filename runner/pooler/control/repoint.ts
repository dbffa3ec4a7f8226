import { HowdahError, toHowdahError } from '../../core/errors.ts'
import { poll } from '../../core/poll.ts'
import { step } from '../../core/progress.ts'
import { formatDuration, plural } from '../../core/units.ts'
import { explainError } from '../../postgres/explain.ts'
import type { PoolerProcess } from '../console/pooler-process.ts'
import type { Target } from '../ini/settings.ts'
import { requirePostgres } from './ask-server.ts'
import { atEach, failedOf, requireAll, withFleet } from './fleet.ts'
import { type PauseOptions, pauseAll, requireDeadline, resumeAll } from './pause.ts'
import { type TargetPlace, writtenTarget } from './target-place.ts'

export interface RepointOptions extends PauseOptions {
  readonly to: Target
  /** Absent: where all of them are. */
  readonly from: Target | undefined
  /** Where entrypoints look when they start, or all the time; each is written, before the consoles are told. */
  readonly places: readonly TargetPlace[]
  /** How long the entrypoints get to notice, in milliseconds: they look ten times a second. */
  readonly noticeMs: number
}

export interface RepointOutcome {
  readonly from: string
  readonly to: string
  readonly poolers: readonly string[]
  /** Entries of `[databases]` that moved. */
  readonly databases: readonly string[]
  readonly state: 'planned' | 'moved' | 'already-there'
  /** From the first PAUSE to the last RESUME: how long clients waited. */
  readonly frozenMs: number
  readonly error: HowdahError | undefined
}

/**
 * Moves all poolers to another server between a PAUSE and a RESUME: no statement is under way then, so none is lost and none lands on the old server afterwards.
 * All move or all stay: whatever fails before all have the new address puts the old one back and resumes everybody. Cut off at any point it can be run again.
 * @throws HowdahError pooler-unreachable, pooler-repoint-refused, pooler-deadline-too-long, the interruption
 */
export function repointPoolers(options: RepointOptions): Promise<RepointOutcome> {
  return withFleet(options, async found => {
    const processes = requireAll(found)
    const { clock, signal, progress } = options.runtime
    requireDeadline(processes, options.deadlineMs)
    const to = writtenTarget(options.to)
    const { from, databases } = await whatMoves(processes, options)
    const poolers = processes.map(({ place }) => place)
    const base = { from, to, poolers, databases, frozenMs: 0, error: undefined }
    if (databases.length === 0) {
      // The run before may have been killed between RELOAD and RESUME.
      if (!options.dryRun) await resumeAll(processes)
      return { ...base, state: 'already-there' }
    }
    await requirePostgres(options.to, options.connectTimeoutMs)
    if (options.dryRun) return { ...base, state: 'planned' }
    const before = await Promise.all(options.places.map(place => place.read()))
    const putBack = async () => {
      await Promise.all(options.places.map((place, index) => place.write(before[index] ?? `${from}\n`)))
      await atEach(processes, pooler => pooler.leave(from, options.deadlineMs))
      // A RELOAD before the entrypoints noticed would move a pooler that is to stay.
      await clock.sleep(options.noticeMs)
    }
    let started = clock.monotonicMs()
    let reloaded = false
    const frozen = () => Math.round(clock.monotonicMs() - started)
    try {
      await step(
        progress,
        `Writing ${to}`,
        async () => {
          for (const place of options.places) await place.write(`${to}\n`)
          await atEach(processes, pooler => pooler.leave(to, options.deadlineMs))
          await clock.sleep(options.noticeMs, signal)
        },
        () => `${plural(processes.length, 'process', 'processes')} told`,
      )
      started = clock.monotonicMs()
      const paused = await pauseAll(processes, options)
      if (paused.error) throw paused.error
      reloaded = true
      await step(
        progress,
        'Reloading',
        () => reloadUntil(processes, databases, to, options),
        () => `all at ${to}`,
      )
    } catch (error) {
      const state = await back(processes, reloaded ? databases : [], from, putBack, options)
      if (signal.aborted && state === undefined) throw signal.reason
      const { message } = toHowdahError(explainError(error))
      throw new HowdahError(
        'pooler-not-repointed',
        { target: to, reason: message, state: state ?? `all are at ${from} and go on` },
        { cause: error },
      )
    }
    // From here on there is no way back but a repoint to the old server: new writes may land on the new one.
    const stuck = failedOf(await resumeAll(processes))
    const frozenMs = frozen()
    const outcome = { ...base, frozenMs, state: 'moved' as const }
    if (stuck.length === 0) return outcome
    const reason = `${stuck.map(({ pooler }) => pooler).join(', ')} could not be resumed`
    const state = `all have the new address, and those clients wait (${formatDuration(frozenMs)} so far)`
    return { ...outcome, error: new HowdahError('pooler-not-repointed', { target: to, reason, state }) }
  })
}

/** Where they are, and which entries go. @throws HowdahError pooler-repoint-refused */
async function whatMoves(processes: readonly PoolerProcess[], options: RepointOptions) {
  const { to, connectTimeoutMs } = options
  const wanted = writtenTarget(to)
  const entries = (await Promise.all(processes.map(each => each.databases(connectTimeoutMs)))).flat()
  const places = new Set(entries.map(({ host, port }) => writtenTarget({ host: host ?? '', port })))
  places.delete(wanted)
  const [only] = places
  if (options.from === undefined && places.size > 1)
    throw new HowdahError('pooler-repoint-refused', {
      reason: `their databases are at ${[...places].sort().join(' and ')}`,
      remedy: 'Say which one moves: --from host:port.',
    })
  const from = options.from ? writtenTarget(options.from) : (only ?? wanted)
  const moving = entries.filter(({ host, port }) => writtenTarget({ host: host ?? '', port }) === from)
  const databases = from === wanted ? [] : [...new Set(moving.map(({ name }) => name))].sort()
  const there = entries.some(({ host, port }) => writtenTarget({ host: host ?? '', port }) === wanted)
  if (databases.length === 0 && !there)
    throw new HowdahError('pooler-repoint-refused', {
      reason: `none of their databases is at ${from}`,
      remedy: 'Check --from; `howdah pooler status` shows where each is.',
    })
  return { from, databases }
}

/** RELOAD at each until it says that it has the address: the entrypoint may write the file a moment late. @throws HowdahError pooler-not-followed */
async function reloadUntil(
  processes: readonly PoolerProcess[],
  databases: readonly string[],
  place: string,
  { runtime, deadlineMs }: Pick<RepointOptions, 'runtime' | 'deadlineMs'>,
): Promise<void> {
  const { clock } = runtime
  const outcomes = await atEach(processes, async pooler => {
    const isThere = async () => {
      await pooler.command('RELOAD', deadlineMs)
      const now = await pooler.databases(deadlineMs)
      const missing = databases.filter(name => {
        const entry = now.find(each => each.name === name)
        return !entry || writtenTarget({ host: entry.host ?? '', port: entry.port }) !== place
      })
      return missing.length === 0 ? true : undefined
    }
    const reached = await poll(isThere, { clock, budgetMs: deadlineMs, firstPauseMs: 20, maxPauseMs: 200 })
    if (!reached) throw new Error(`it does not have ${place} from its entrypoint`)
  })
  const [failed] = failedOf(outcomes)
  if (!failed) return
  throw new HowdahError('pooler-not-followed', {
    command: 'RELOAD',
    poolers: failedOf(outcomes).map(({ pooler }) => pooler),
    reason: failed.reason ?? 'no reason was given',
    consequence: 'the old address is put back',
  })
}

/** Puts everything as it was. @returns what could not be, in a sentence; `undefined`: all is as before */
async function back(
  processes: readonly PoolerProcess[],
  databases: readonly string[],
  from: string,
  putBack: () => Promise<unknown>,
  options: RepointOptions,
): Promise<string | undefined> {
  try {
    await putBack()
    // Where nobody was told to read the new address, nobody is paused any more either, and nobody has it.
    if (databases.length === 0) return undefined
    await reloadUntil(processes, databases, from, options)
  } catch (error) {
    // Half of them resumed on the new server would be two servers written to.
    return `they stay paused, since not all are back at ${from}: ${explainError(error).message}`
  }
  const stuck = failedOf(await resumeAll(processes))
  return stuck.length === 0
    ? undefined
    : `all are at ${from}, but could not be resumed: ${stuck.map(({ pooler }) => pooler).join(', ')}`
}
