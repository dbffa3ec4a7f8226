import * as pulumi from '@pulumi/pulumi'
import { registerPgBouncer } from './pgbouncer.ts'
import type { PoolerArgs, PoolerMetrics } from './pooler-args.ts'
import { registerRdsProxy } from './rds-proxy.ts'

export { MAXIMUM_REACHABLE_TASKS, tasksAtSurge } from './limits.ts'
export type { PgBouncerArgs, PoolerArgs, PoolerMetrics, RdsProxyArgs } from './pooler-args.ts'
export { RDS_PROXY_PORT } from './rds-proxy.ts'

/** What stands between applications and the database and lends its connections out. */
export class Pooler extends pulumi.ComponentResource {
  readonly kind: PoolerArgs['kind']
  /** What applications connect to. */
  readonly host: pulumi.Output<string>
  readonly port: number
  /** A name with the address of every task, on whose port the console of PgBouncer answers; RDS Proxy has none. */
  readonly consoles: { readonly host: string; readonly port: number } | undefined
  readonly logGroupName: pulumi.Output<string>
  readonly metrics: PoolerMetrics

  constructor(name: string, args: PoolerArgs, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Pooler', name, {}, options)
    const registered =
      args.kind === 'pgbouncer' ? registerPgBouncer(name, args, this) : registerRdsProxy(name, args, this)
    this.kind = args.kind
    this.host = registered.host
    this.port = registered.port
    this.consoles = registered.consoles
    this.logGroupName = registered.logGroupName
    this.metrics = registered.metrics
    this.registerOutputs({
      kind: this.kind,
      host: this.host,
      port: this.port,
      consoles: this.consoles,
      logGroupName: this.logGroupName,
    })
  }
}
