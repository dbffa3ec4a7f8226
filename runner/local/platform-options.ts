import type { DatabaseFolder } from '../config/database-folder.ts'
import type { Config } from '../config/settings.ts'
import type { Runtime } from '../core/runtime.ts'

/** What a platform is made from. */
export interface PlatformOptions {
  readonly config: Config
  readonly cwd: string
  readonly folder: DatabaseFolder
  /** Remove all data first. */
  readonly fresh: boolean
  /** Where programs are looked for. */
  readonly path: string
  /** Our own environment, which the programs among the hooks inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly runtime: Runtime
}
