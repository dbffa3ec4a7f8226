import { planPooler } from '../../runner/names.ts'
import { poolerSizingOf } from '../settings/pooler-sizing.ts'
import type { SettingKey } from '../settings/settings.ts'
import { type GuardRail, type Violation, when } from './guard-rail.ts'

/** The settings that the parts of a pooler's sizing come from. */
const SETTING_OF: Readonly<Record<string, SettingKey>> = {
  maxConnections: 'howdah:database.maxConnections',
  reservedConnections: 'howdah:database.maxConnections',
  directConnections: 'howdah:pooler.directConnections',
  tasks: 'howdah:pooler.maxTasks',
  deploymentMaximumPercent: 'howdah:pooler.surgePercent',
  processes: 'howdah:pooler.vcpus',
  users: 'howdah:database.maxConnections',
  databases: 'howdah:database.maxConnections',
  vcpus: 'howdah:database.instanceClass',
  clients: 'howdah:pooler.maxClients',
  openFiles: 'howdah:pooler.maxClients',
}

/** vCPUs that Fargate has, and the memory that goes with each: least, most, step, in MiB. */
const FARGATE: Readonly<Record<number, readonly [least: number, most: number, step: number]>> = {
  1: [2048, 8192, 1024],
  2: [4096, 16_384, 1024],
  4: [8192, 30_720, 1024],
  8: [16_384, 61_440, 4096],
  16: [32_768, 122_880, 8192],
}

/** Connections: what all poolers together may take of the server, during a deployment as well. */
export const connectionBudget: GuardRail = ({ settings }) => {
  if (settings.pooler.kind !== 'pgbouncer') return []
  try {
    planPooler(poolerSizingOf(settings))
    return []
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const part = /^(\w+)(?: is|:)/.exec(error.message)?.[1]
    const key = part === undefined ? undefined : SETTING_OF[part]
    if (key === undefined) throw error
    const hint = 'hint' in error ? ` ${String(error.hint)}` : ''
    return [{ key, message: `${error.message}.${hint}` }]
  }
}

/** DNS names so many tasks at the most; the runner has to reach all of them. */
const MOST_TASKS = 8

/** Sizes and numbers of tasks. */
export const tasks: GuardRail = ({ settings: { pooler, runner, database, access } }) => [
  ...when(
    pooler.maxTasks < pooler.tasks,
    'howdah:pooler.maxTasks',
    `must not be less than howdah:pooler.tasks (${pooler.tasks})`,
  ),
  ...when(
    pooler.kind === 'pgbouncer' && Math.floor((pooler.maxTasks * pooler.surgePercent) / 100) > MOST_TASKS,
    'howdah:pooler.maxTasks',
    `${pooler.maxTasks} at ${pooler.surgePercent} % are more than the ${MOST_TASKS} tasks that DNS names at once, and the runner has to reach all of them`,
  ),
  ...when(
    pooler.kind === 'pgbouncer' && Math.floor((pooler.tasks * pooler.surgePercent) / 100) <= pooler.tasks,
    'howdah:pooler.surgePercent',
    `leaves a deployment no room for a task more than ${pooler.tasks}, and none of the old ones may end before`,
  ),
  ...fargate('howdah:pooler.vcpus', 'howdah:pooler.memoryMib', pooler.vcpus, pooler.memoryMib),
  ...fargate('howdah:runner.vcpus', 'howdah:runner.memoryMib', runner.vcpus, runner.memoryMib),
  ...when(
    pooler.kind === 'rds-proxy' && database.source.kind === 'replica',
    'howdah:pooler.kind',
    'cannot be rds-proxy in front of an instance that follows another: RDS Proxy takes a primary only',
  ),
  ...when(
    access.through === 'tunnel' && access.tunnelPort === undefined,
    'howdah:access.tunnelPort',
    'is missing, which howdah:access.through: tunnel needs',
  ),
]

function fargate(
  vcpuKey: SettingKey,
  memoryKey: SettingKey,
  vcpus: number,
  memory: number,
): readonly Violation[] {
  const sold = FARGATE[vcpus]
  if (!sold) return when(true, vcpuKey, `Fargate has ${Object.keys(FARGATE).join(', ')}, not ${vcpus}`)
  const [least, most, step] = sold
  return when(
    memory < least || memory > most || memory % step !== 0,
    memoryKey,
    `with ${vcpus} vCPUs Fargate has ${least} to ${most} MiB in steps of ${step}, not ${memory}`,
  )
}
