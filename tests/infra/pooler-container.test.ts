import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { containerOf } from '../harness/ecs-containers.ts'
import { buildImage, hasDocker, runAsTask } from '../harness/ecs-in-docker.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { PGBOUNCER, pgBouncer } from './programs/poolers.ts'

const FOLDER = new URL('../../infra/images/pgbouncer', import.meta.url).pathname
const possible = hasDocker && existsSync(FOLDER)
const needs = possible ? '' : ' (needs a Docker engine with debian:trixie-slim, and infra/images/pgbouncer)'

const INI = `; target db.internal 5433
[databases]
shop = host=%{host} port=%{port} dbname='shop'
[peers]
1 = host=/run/pgbouncer/1 port=6432
2 = host=/run/pgbouncer/2 port=6432
[pgbouncer]
listen_addr = *
listen_port = 6432
unix_socket_dir = /run/pgbouncer/%{process}
pidfile = /run/pgbouncer/%{process}/pid
auth_type = scram-sha-256
auth_file = /run/pgbouncer/userlist.txt
auth_user = ${PGBOUNCER.authUser}
admin_users = pgb_admin
stats_users = pgb_stats
pool_mode = transaction
so_reuseport = 1
peer_id = %{process}
`

const SECRETS = {
  PGBOUNCER_AUTH_PASSWORD: 'planted-auth',
  PGBOUNCER_ADMIN_PASSWORD: 'planted-admin',
  PGBOUNCER_STATS_PASSWORD: 'planted-stats',
}

describe.skipIf(!possible)(`the image, as the task definition starts it${needs}`, () => {
  const start = async () => {
    const { tls: _, ...secrets } = PGBOUNCER.secrets
    const run = await registrationsOf(() => pgBouncer({ ini: INI, secrets }))
    return runAsTask(
      containerOf(run.only('aws:ecs/taskDefinition:TaskDefinition')),
      await buildImage(FOLDER),
      SECRETS,
    )
  }

  test('it is well without root, without capabilities, and writes to memory alone', async () => {
    const task = await start()
    expect(await task.health(), await task.logs()).toBe('running healthy')
    expect(await task.exec('id', '-u')).toBe('10001')
    await expect(task.exec('touch', '/written')).rejects.toThrow(/Read-only file system/)
    expect(await task.exec('stat', '--file-system', '--format=%T', '/run/pgbouncer')).toBe('tmpfs')
    expect(await task.exec('stat', '--format=%U %a', '/run/pgbouncer/userlist.txt')).toBe('pooler 600')
    expect(await task.logs()).not.toContain('planted')
    // ECS counts an exit code other than 0 as a task that failed.
    expect(await task.stop()).toBe(0)
  })
})
