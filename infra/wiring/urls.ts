import * as pulumi from '@pulumi/pulumi'
import type { Database } from '../components/database/database.ts'
import type { Pooler } from '../components/pooler/pooler.ts'
import { databaseNameOf } from '../settings/names.ts'
import type { Settings } from '../settings/settings.ts'

/** Whether a client of the server can check whom it talks to: it needs the authorities for that. */
const tlsOf = ({ database }: Settings) =>
  database.certificateBundle === undefined ? 'require' : 'verify-full'

/** Past the poolers: migrations, dumps, metrics. User and password come from a secret, as PGUSER and PGPASSWORD. */
export function directUrl(settings: Settings, database: Database): pulumi.Output<string> {
  return pulumi.interpolate`postgresql://${database.address}:${settings.database.port}/${databaseNameOf(settings)}?sslmode=${tlsOf(settings)}`
}

/** Through the poolers: the application. */
export function pooledUrl(settings: Settings, pooler: Pooler | undefined): pulumi.Output<string> | undefined {
  return (
    pooler &&
    pulumi.interpolate`postgresql://${pooler.host}:${pooler.port}/${databaseNameOf(settings)}?sslmode=require`
  )
}
