import { expect, test } from 'vitest'
import { createPooledDatabase } from '../harness/pooled-database.ts'
import { pooler, threeProcesses } from '../harness/pooler-fleet.ts'
import { IMAGE, poolerImage, startPoolerTask } from '../harness/pooler-image.ts'
import { startLoad } from '../harness/pooler-load.ts'
import { execute } from '../harness/postgres.ts'

test.skipIf(!poolerImage)(
  `ALTER TABLE under forty clients with prepared statements: errors until the poolers reconnect, none afterwards ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const { user, password } = await db.rotate()
    await execute(db.ownerUrl, 'CREATE TABLE thing (id int)', `GRANT ALL ON thing TO ${db.role}`)
    const tasks = await threeProcesses(db)
    const load = startLoad(
      40,
      number => tasks[number % 2]?.urlOf(user, password) ?? '',
      async client => {
        await client.query({ name: 'everything', text: 'SELECT * FROM thing' })
      },
    )
    await load.reached(10)
    await execute(db.ownerUrl, 'ALTER TABLE thing ADD COLUMN a int')
    await load.reached(10)
    const without = load.takeErrors()
    expect(without.length).toBeGreaterThan(0)
    expect(new Set(without)).toEqual(new Set(['0A000']))
    const told = await pooler('reconnect', tasks)
    expect(told.exit, told.stderr).toBe(0)
    expect(JSON.parse(told.stdout).poolers).toHaveLength(3)
    load.takeErrors()
    await load.reached(20)
    expect((await load.stop()).errors).toEqual([])
  },
)

test.skipIf(!poolerImage)(
  `a rolling restart of three poolers on one port under load goes without an error ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const { user, password } = await db.rotate()
    // Tasks on one port stand for tasks behind a load balancer: the kernel gives new connections to those that listen.
    const settings = { ...db.settings, processes: 2 }
    const first = await startPoolerTask({ settings })
    const tasks = [
      first,
      await startPoolerTask({ settings, port: first.port }),
      await startPoolerTask({ settings, port: first.port }),
    ]
    // Connections that are given up after a while, as a pool with a maximum lifetime does.
    const load = startLoad(
      20,
      () => first.urlOf(user, password),
      async client => {
        await client.query('SELECT 1')
      },
      1000,
    )
    await load.reached(20)
    for (const task of tasks) {
      const next = await startPoolerTask({ settings, port: first.port })
      expect(await task.stop(60)).toEqual({ exitCode: 0 })
      expect(await task.logs()).not.toContain('clients are still there')
      await load.reached(5)
      expect(next.port).toBe(first.port)
    }
    const { done, errors } = await load.stop()
    expect(errors).toEqual([])
    expect(done).toBeGreaterThan(1000)
  },
)
