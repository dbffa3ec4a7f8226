/** What every component is told of the platform it is part of. */
export interface Estate {
  /** Short name of the application, `shop`: letters, digits and dashes. */
  readonly application: string
  /** The stack: `dev`, `staging`, `prod`, or a name of the user's. */
  readonly environment: string
  /** `shop-prod`, what names at AWS begin with. */
  readonly prefix: string
  /** Whether people depend on it: deletion is guarded, nothing is small. */
  readonly production: boolean
  readonly region: string
  /** Where copies of backups go, and a replica where there is one; `undefined`: nowhere. */
  readonly recoveryRegion: string | undefined
  /** Tags of every resource that takes them. */
  readonly tags: Readonly<Record<string, string>>
}
