import { choice, flag, integer, listOf, matching, text } from '../kinds.ts'
import { byTier, defaulted, inProduction, optional } from '../setting.ts'

/** Settings below `howdah:pooler`. */
export const POOLER = {
  kind: defaulted(
    choice('pgbouncer', 'rds-proxy', 'none'),
    'pgbouncer',
    'What stands between the applications and the database.',
  ),
  image: defaulted(
    text(),
    'stable',
    "The pooler's image: a tag or digest of the repository the stack makes, or a whole reference.",
  ),
  version: defaulted(
    matching(/^1\.\d+(\.\d+)?$/, 'a version of PgBouncer, as 1.24'),
    '1.24',
    'Version of PgBouncer in the image: what an older one does not know is left out of its configuration.',
  ),
  tasks: defaulted(integer(1, 50), inProduction(3, 1), 'Tasks that always run; one a zone is a good number.'),
  maxTasks: defaulted(
    integer(1, 50),
    inProduction(4, 2),
    'Up to how many tasks it grows under load; with those of a deployment there may be eight, which is what DNS names at once.',
  ),
  vcpus: defaulted(
    integer(1, 16),
    byTier(1, 1, 2),
    'Processors of a task (1, 2, 4, 8 or 16). PgBouncer has one thread: there are as many processes.',
  ),
  memoryMib: defaulted(integer(512, 122_880), byTier(2048, 2048, 4096), 'Memory of a task, in MiB.'),
  port: defaulted(integer(1150, 65_535), 6432, 'Port it listens on.'),
  surgePercent: defaulted(
    integer(110, 200),
    200,
    'How many tasks there may be while a new version is deployed, in percent: both generations hold connections.',
  ),
  maxClients: defaulted(integer(100, 50_000), byTier(500, 2000, 5000), 'Clients one process takes.'),
  directConnections: defaulted(
    integer(5, 500),
    20,
    'Connections kept for those that bypass the pooler: runner, people, replication, exporters.',
  ),
  queryWaitSeconds: defaulted(
    integer(1, 120),
    15,
    'How long a client waits for a connection to the server before it is told that there is none, in seconds.',
  ),
  deletionProtection: defaulted(
    flag(),
    byTier(false, true, true),
    'Whether the load balancer can be deleted.',
  ),
}

/** Settings below `howdah:access`. */
export const ACCESS = {
  schemas: defaulted(listOf(text()), ['public'], 'Schemas of the application.'),
  extensions: defaulted(
    listOf(text()),
    ['pg_stat_statements'],
    'Extensions that exist before the first migration.',
  ),
  through: defaulted(
    choice('runner', 'tunnel'),
    'runner',
    'Who makes roles and grants: the runner inside the VPC, or this program through a tunnel.',
  ),
  tunnelPort: optional(
    integer(1, 65_535),
    'Port of the tunnel on this machine, which `through: tunnel` needs.',
  ),
}
