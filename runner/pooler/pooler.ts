/** What the rest of the runner, and by way of `names.ts` the infrastructure, may know of PgBouncer. */
export { type PoolerPlan, type PoolerSizing, planPooler } from './budget.ts'
export {
  CONSOLE_SETTING,
  type ConsoleAddress,
  describeConsole,
  openConsole,
  poolerVersion,
  requireConsoleUrl,
} from './console/console-session.ts'
export { findConsoles, type Resolve } from './console/find-consoles.ts'
export { type PoolerOutcome, reconnectPoolers } from './console/reconnect.ts'
export type { FleetOptions } from './control/fleet.ts'
export { pausePoolers, resumePoolers } from './control/pause.ts'
export { reconnectFleet } from './control/reconnect-fleet.ts'
export { reloadPoolers } from './control/reload.ts'
export { repointPoolers } from './control/repoint.ts'
export { poolerStatus } from './control/status.ts'
export { parseTarget, targetFile, targetSecret } from './control/target-place.ts'
export {
  type Credential,
  type CredentialStore,
  fileStore,
  secretsManagerStore,
  shownStore,
} from './credentials/credential-store.ts'
export { rotateCredentials } from './credentials/rotate.ts'
export { setUpPoolerAuth } from './credentials/setup-auth.ts'
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
