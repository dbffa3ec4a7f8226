import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type GenericContainer, Network, Wait } from 'testcontainers'
import { expect, onTestFinished, test } from 'vitest'
import { CHECKOUT } from '../harness/cli.ts'
import { LockedContainer, PASSWORD, runVerbIn, startDatabase } from '../harness/containers.ts'
import { BASES, buildImage, buildRunner, cleanCheckout, lacking } from '../harness/images.ts'
import { query } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

const POOLER = 'infra/images/pgbouncer'
const lack = lacking(...BASES) ?? (existsSync(join(CHECKOUT, POOLER)) ? undefined : `needs ${POOLER}`)

/** What the image's entrypoint expects: the target first, a folder for each process. */
const INI = `; target database 5432
[databases]
* = host=%{host} port=%{port}
[pgbouncer]
listen_addr = *
listen_port = 6432
unix_socket_dir = /run/pgbouncer/%{process}
pidfile = /run/pgbouncer/%{process}/pid
pool_mode = transaction
auth_type = scram-sha-256
auth_file = /run/pgbouncer/userlist.txt
auth_user = owner
admin_users = admin
`

test.skipIf(lack)(
  `behind PgBouncer's container, migrations go past it, and it is told when the schema changed${lack ? ` (${lack})` : ''}`,
  async () => {
    await using runner = await buildRunner()
    await using checkout = await cleanCheckout()
    await using pooler = await buildImage({ context: join(checkout.directory, POOLER) })
    const network = await new Network().start()
    onTestFinished(() => void network.stop())
    await using database = await startDatabase(network)
    const container: GenericContainer = new LockedContainer(pooler.tag)
      .withEnvironment({
        PGBOUNCER_INI: INI,
        PGBOUNCER_AUTH_USER: 'owner',
        PGBOUNCER_AUTH_PASSWORD: PASSWORD,
        PGBOUNCER_ADMIN_PASSWORD: 'admin-password',
      })
      .withNetwork(network)
      .withNetworkAliases('pooler')
      .withTmpFs({ '/run/pgbouncer': 'rw,uid=10001,gid=10001,mode=0700' })
      .withWaitStrategy(Wait.forHealthCheck())
    const started = await container.start()
    await using _stopped = {
      [Symbol.asyncDispose]: () => started.stop({ remove: true, timeout: 0 }).then(() => undefined),
    }

    await using project = await createProject({ '1_init/migration.sql': 'CREATE TABLE a (id int);' })
    const options = { network, project: project.directory }
    const pooled = database.urlInside().replace('database:5432', 'pooler:6432')
    // Through it, a run lock would be lost between transactions: refused, and nothing done.
    const through = await runVerbIn(runner.tag, ['migrate', 'deploy'], {
      ...options,
      env: { DATABASE_URL: pooled },
    })
    expect(through.exit, through.stderr).toBe(3)
    expect(through.stderr).toContain('error[connection-pooled]')

    const env = {
      DATABASE_URL: pooled,
      DIRECT_URL: database.urlInside(),
      HOWDAH_POOLER_ADMIN_URLS: 'postgresql://admin:admin-password@pooler:6432/pgbouncer',
    }
    const past = await runVerbIn(runner.tag, ['migrate', 'deploy', '--json'], { ...options, env })
    expect(past.exit, past.stderr).toBe(0)
    expect(await query(database.url, "SELECT to_regclass('a') IS NOT NULL AS a")).toEqual([{ a: true }])
    expect(past.stdout + past.stderr).not.toContain('admin-password')
    expect(JSON.parse(past.stdout)).toMatchObject({ poolers: [{ state: 'told' }] })
  },
  600_000,
)
