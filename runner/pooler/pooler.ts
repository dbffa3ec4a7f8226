/** What the rest of the runner, and by way of `names.ts` the infrastructure, may know of PgBouncer. */
export { type PoolerPlan, type PoolerSizing, planPooler } from './budget.ts'
export { describeConsole, openConsole, poolerVersion, requireConsoleUrl } from './console/console.ts'
export { type PoolerOutcome, reconnectPoolers } from './console/reconnect.ts'
export type { PgbouncerVersion } from './ini/options.ts'
export {
  AUTH_QUERY,
  DEFAULT_ADMIN_USER,
  DEFAULT_LISTEN_PORT,
  DEFAULT_STATS_USER,
  iniOfProcess,
  renderPgbouncerIni,
} from './ini/render.ts'
export type {
  ClientTls,
  PgbouncerSettings,
  PooledDatabase,
  PooledUser,
  ServerTls,
  Target,
} from './ini/settings.ts'
