import { HowdahError } from '../core/errors.ts'

/** What there is to share, and among whom. Whole numbers; those without a default have to be known. */
export interface PoolerSizing {
  /** `max_connections` of the server. */
  readonly maxConnections: number
  /** What nobody but the superuser, or RDS itself, may use: `superuser_reserved_connections` (3), `reserved_connections`, RDS' own (5 to 10). Default 13. */
  readonly reservedConnections?: number
  /** Sessions that bypass the poolers at the same time: the runner, exporters, replication, people. Default 20. */
  readonly directConnections?: number
  /** Pooler tasks; where they scale, the most there can be. */
  readonly tasks: number
  /** Percentage of `tasks` that may run while a new version is rolled out, as ECS has it (`deploymentMaximumPercent`). Default 200: all of them twice. */
  readonly deploymentMaximumPercent?: number
  /** PgBouncer processes in a task: one for each core. Default 1. */
  readonly processes?: number
  /** Users of the application that log in through the poolers; two where passwords are rotated between two. */
  readonly users: number
  /** Entries in `[databases]`, aliases included: PgBouncer counts the connections of each by itself. Default 1. */
  readonly databases?: number
  /** Cores of the database server. */
  readonly vcpus: number
  /** Connections all instances of the application can open at the poolers. Default 1000. */
  readonly clients?: number
  /** Open files a process may have (`nofile` of the task). Default 65,535, as Fargate has it. */
  readonly openFiles?: number
  /** Percentage of what is left for poolers that they may really take. Default 80. */
  readonly sharePercent?: number
}

/** What each PgBouncer process is configured with, and what that adds up to. */
export interface PoolerPlan {
  readonly defaultPoolSize: number
  readonly reservePoolSize: number
  /** The hard limit of one process for one database. */
  readonly maxDbConnections: number
  readonly maxClientConn: number
  /** Tasks there can be while a new version is rolled out. */
  readonly tasksAtSurge: number
  /** Connections all of them can have at the server then. */
  readonly serverConnectionsAtMost: number
  /** Files one process can have open. */
  readonly openFilesNeeded: number
}

type Sizing = Required<PoolerSizing>
type Key = keyof PoolerSizing

const DEFAULTS = {
  reservedConnections: 13,
  directConnections: 20,
  deploymentMaximumPercent: 200,
  processes: 1,
  databases: 1,
  clients: 1000,
  openFiles: 65_535,
  sharePercent: 80,
} as const

/** The range each setting makes sense in; PgBouncer keeps limits as 32 bit integers, Postgres allows 262,143 connections. */
const RANGES: Readonly<Record<Key, readonly [least: number, most: number]>> = {
  maxConnections: [1, 262_143],
  reservedConnections: [0, 262_143],
  directConnections: [0, 262_143],
  tasks: [1, 1000],
  deploymentMaximumPercent: [100, 1000],
  processes: [1, 64],
  users: [1, 10_000],
  databases: [1, 10_000],
  vcpus: [1, 1024],
  clients: [1, 10_000_000],
  openFiles: [256, 1_048_576],
  sharePercent: [1, 100],
}

/** What gives way first where the budget does not hold: what is easiest to change. */
const GIVES_WAY: readonly Key[] = [
  'processes',
  'deploymentMaximumPercent',
  'tasks',
  'users',
  'databases',
  'directConnections',
  'reservedConnections',
]

/** Files a process has open for itself: listening and unix sockets, log, DNS, consoles, cancel requests on their way. */
const OWN_FILES = 64
/** Clients are not spread evenly, neither by a load balancer nor by the kernel among processes. */
const UNEVEN = 1.5
/** Fewer in a pool and one slow transaction holds everybody up. */
const SMALLEST_USEFUL_POOL = 2

/**
 * Shares the connections of a server among PgBouncer processes, so that they can never ask for more than it has: also while a new
 * version is rolled out and there are more tasks than usual, and with all users of all databases at their limits.
 * What does the keeping is `max_db_connections`; pools are also bounded by what the server can usefully do at once.
 * @throws HowdahError pooler-setting-invalid, pooler-budget-exceeded, naming the setting
 */
export function planPooler(wanted: PoolerSizing): PoolerPlan {
  const sizing = complete(wanted)
  const { tasks, processes, users, databases, vcpus, clients } = sizing
  const maxDbConnections = perDatabase(sizing)
  if (maxDbConnections < leastPerDatabase(sizing)) throw overBudget(sizing)
  // One is left for auth_query, which logs users in: it must not wait for their own connections.
  const perUser = Math.floor((maxDbConnections - 1) / users)
  const useful = Math.max(SMALLEST_USEFUL_POOL, Math.ceil((2 * vcpus + 1) / (tasks * processes)))
  const reserve = Math.ceil(Math.min(perUser, useful) * 0.15)
  const reservePoolSize = Math.min(reserve, perUser - 1)
  const defaultPoolSize = Math.min(useful, perUser - reservePoolSize)
  // With one task gone the others have its clients.
  const sharers = Math.max(1, tasks - 1) * processes
  const maxClientConn = Math.max(100, Math.ceil((clients * UNEVEN) / sharers))
  const openFilesNeeded = maxClientConn + databases * maxDbConnections + OWN_FILES
  if (openFilesNeeded > sizing.openFiles) {
    const problem = `a process with ${maxClientConn} clients and ${databases * maxDbConnections} connections to the server can have ${openFilesNeeded} files open`
    const remedy = `Raise openFiles (nofile of the task) to ${openFilesNeeded}, or spread the ${clients} clients over more tasks.`
    throw new HowdahError('pooler-budget-exceeded', {
      setting: 'openFiles',
      value: sizing.openFiles,
      problem,
      remedy,
    })
  }
  const tasksAtSurge = surge(sizing)
  return {
    defaultPoolSize,
    reservePoolSize,
    maxDbConnections,
    maxClientConn,
    tasksAtSurge,
    serverConnectionsAtMost: tasksAtSurge * processes * databases * maxDbConnections,
    openFilesNeeded,
  }
}

function complete(wanted: PoolerSizing): Sizing {
  // A setting that was given as undefined is one that was not given.
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
  const sizing = { ...DEFAULTS, ...given } as Sizing
  for (const setting of Object.keys(RANGES) as Key[]) {
    const [least, most] = RANGES[setting]
    const value = sizing[setting]
    if (!Number.isInteger(value) || value < least || value > most) {
      const problem = `must be a whole number from ${least} to ${most}, and is ${String(value)}`
      throw new HowdahError('pooler-setting-invalid', { setting, problem })
    }
  }
  return sizing
}

/** Rounded up, while ECS rounds down: on the safe side. */
const surge = ({ tasks, deploymentMaximumPercent }: Sizing) =>
  Math.ceil((tasks * deploymentMaximumPercent) / 100)

const leftForPoolers = ({ maxConnections, reservedConnections, directConnections }: Sizing) =>
  Math.max(0, maxConnections - reservedConnections - directConnections)

const perDatabase = (sizing: Sizing) =>
  Math.floor(
    (leftForPoolers(sizing) * sizing.sharePercent) /
      100 /
      (surge(sizing) * sizing.processes * sizing.databases),
  )

/** One connection for each user, and one for auth_query. */
const leastPerDatabase = ({ users }: Sizing) => users + 1

const fits = (sizing: Sizing) => perDatabase(sizing) >= leastPerDatabase(sizing)

/** Names the setting whose change alone mends it, and how far it has to change. */
function overBudget(sizing: Sizing): HowdahError {
  const need = surge(sizing) * sizing.processes * sizing.databases * leastPerDatabase(sizing)
  const have = Math.floor((leftForPoolers(sizing) * sizing.sharePercent) / 100)
  const problem =
    `${sizing.maxConnections} connections less ${sizing.reservedConnections} reserved and ${sizing.directConnections} direct ones leave poolers ${have}, ` +
    `and ${surge(sizing)} tasks during a rollout need ${need} (${sizing.processes} × ${sizing.databases} × ${leastPerDatabase(sizing)} each)`
  for (const setting of GIVES_WAY) {
    const most = mostThatFits(sizing, setting)
    if (most === undefined) continue
    const remedy = `Lower ${setting} to ${most} or less, or raise max_connections (a larger instance class).`
    return new HowdahError('pooler-budget-exceeded', { setting, value: sizing[setting], problem, remedy })
  }
  const setting = 'maxConnections'
  const least =
    Math.ceil((need * 100) / sizing.sharePercent) + sizing.reservedConnections + sizing.directConnections
  const remedy = `Raise max_connections to ${least} (a larger instance class), or lower several of tasks, processes, users and databases.`
  return new HowdahError('pooler-budget-exceeded', {
    setting,
    value: sizing.maxConnections,
    problem,
    remedy,
  })
}

/** The largest value of one setting that the budget can bear, the others as they are; `undefined`: none. */
function mostThatFits(sizing: Sizing, setting: Key): number | undefined {
  let [low] = RANGES[setting]
  let high = sizing[setting]
  if (low === high || !fits({ ...sizing, [setting]: low })) return undefined
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits({ ...sizing, [setting]: middle })) low = middle
    else high = middle
  }
  return low
}
