import { explainError } from '../../postgres/explain.ts'
import type { DatabaseState, PoolerProcess } from '../console/pooler-process.ts'
import { type FleetOptions, withFleet } from './fleet.ts'

/** One process as it says it is. */
export interface ProcessStatus {
  readonly pooler: string
  readonly state: 'running' | 'paused' | 'partly-paused' | 'unreachable'
  readonly version: string | undefined
  readonly databases: readonly DatabaseState[]
  readonly clients: number
  readonly waiting: number
  readonly longestWaitMs: number
  readonly reason?: string
}

export interface FleetStatus {
  readonly processes: readonly ProcessStatus[]
  /** What is not as it should be, in sentences. */
  readonly problems: readonly string[]
}

interface PoolRow {
  readonly database: string
  readonly cl_active: number | string
  readonly cl_waiting: number | string
  readonly maxwait: number | string
  readonly maxwait_us: number | string
}

/** Asks every process, and says where they differ. @throws HowdahError pooler-console-missing */
export function poolerStatus(options: FleetOptions): Promise<FleetStatus> {
  return withFleet(options, async ({ processes, unreachable }) => {
    const asked = await Promise.all(processes.map(each => statusOf(each, options.connectTimeoutMs)))
    const gone = unreachable.map(({ pooler, reason }) => nothingOf(pooler, reason))
    const all = [...asked, ...gone].sort((a, b) => (a.pooler < b.pooler ? -1 : 1))
    return { processes: all, problems: problemsOf(all) }
  })
}

async function statusOf(pooler: PoolerProcess, budgetMs: number): Promise<ProcessStatus> {
  try {
    const [version] = await pooler.command<{ version: string }>('SHOW VERSION', budgetMs)
    const databases = await pooler.databases(budgetMs)
    const pools = (await pooler.command<PoolRow>('SHOW POOLS', budgetMs)).filter(
      ({ database }) => database !== 'pgbouncer',
    )
    const sum = (column: 'cl_active' | 'cl_waiting') =>
      pools.reduce((total, pool) => total + Number(pool[column]), 0)
    const waits = pools.map(pool => Number(pool.maxwait) * 1000 + Number(pool.maxwait_us) / 1000)
    const paused = databases.filter(each => each.paused).length
    const part = paused === databases.length ? 'paused' : 'partly-paused'
    return {
      pooler: pooler.place,
      state: paused === 0 ? 'running' : part,
      version: version?.version,
      databases,
      clients: sum('cl_active') + sum('cl_waiting'),
      waiting: sum('cl_waiting'),
      longestWaitMs: Math.round(Math.max(0, ...waits)),
    }
  } catch (error) {
    return nothingOf(pooler.place, explainError(error).message)
  }
}

const nothingOf = (pooler: string, reason: string): ProcessStatus => ({
  pooler,
  state: 'unreachable',
  version: undefined,
  databases: [],
  clients: 0,
  waiting: 0,
  longestWaitMs: 0,
  reason,
})

function problemsOf(processes: readonly ProcessStatus[]): string[] {
  const problems = processes.flatMap(({ pooler, state, reason }) => {
    if (state === 'unreachable') return [`${pooler} cannot be reached: ${reason}`]
    if (state === 'running') return []
    return [`${pooler} is ${state === 'paused' ? 'paused' : 'paused in part'}: its clients wait`]
  })
  const places = new Map<string, Set<string>>()
  for (const { databases } of processes)
    for (const { name, host, port } of databases)
      places.set(name, (places.get(name) ?? new Set()).add(`${host}:${port}`))
  for (const [name, found] of places)
    if (found.size > 1)
      problems.push(`"${name}" is at ${[...found].sort().join(' for some and at ')} for others`)
  return problems
}
