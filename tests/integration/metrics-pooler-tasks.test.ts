import { expect, onTestFinished, test } from 'vitest'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { render } from '../../runner/metrics/exposition/render.ts'
import { PoolerMonitor } from '../../runner/metrics/poolers/pooler-monitor.ts'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { createPooledDatabase } from '../harness/pooled-database.ts'
import { clientOf } from '../harness/pooler-fleet.ts'
import { IMAGE, poolerImage, startPoolerTask } from '../harness/pooler-image.ts'

test.skipIf(!poolerImage)(
  `one name stands for every process of every task: each has counters of its own, which never fall, and a task that left is gone and not down ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const credential = await db.rotate()
    const two = await startPoolerTask({ settings: { ...db.settings, processes: 2 } })
    const one = await startPoolerTask({ settings: db.settings, port: two.port, address: '127.0.0.2' })
    const url = Object.assign(new URL(two.adminUrl), { hostname: 'poolers.internal' }).href
    let resolve = async () => ['127.0.0.2', '127.0.0.1']
    const monitor = new PoolerMonitor({
      urls: [new Secret(url)],
      connectTimeoutMs: 2000,
      runtime: quietRuntime(),
      resolve: () => resolve(),
    })
    onTestFinished(() => monitor.close())
    const scrape = async () => parseExposition(render(await monitor.scrape(5000)))
    const upOf = async () =>
      Object.fromEntries(
        (await scrape())
          .filter(({ name }) => name === 'pgbouncer_up')
          .map(({ labels, value }) => [labels.pooler, value]),
      )
    const [first, second, other] = [
      `127.0.0.1:${two.port}#1`,
      `127.0.0.1:${two.port}#2`,
      `127.0.0.2:${two.port}`,
    ] as const
    expect(await upOf()).toEqual({ [first]: 1, [second]: 1, [other]: 1 })

    const counted = async () => {
      const series = await scrape()
      return [first, second, other].map(
        pooler =>
          valueIn(series, 'pgbouncer_stats_totals_queries_pooled_total', { pooler, database: 'app' }) ?? 0,
      )
    }
    let before = await counted()
    const [start] = [before]
    for (let round = 0; round < 6; round += 1) {
      await using client = await clientOf(two.urlOf(credential.user, credential.password))
      for (let i = 0; i < 20; i += 1) await client.query('SELECT 1')
      const now = await counted()
      expect(now.every((value, index) => value >= (before[index] ?? 0))).toBe(true)
      before = now
    }
    const grown = before.map((value, index) => value - (start[index] ?? 0))
    expect((grown[0] ?? 0) + (grown[1] ?? 0)).toBeGreaterThanOrEqual(120)
    expect(grown[2]).toBe(0)

    await one.stop(2)
    expect(await upOf()).toEqual({ [first]: 1, [second]: 1, [other]: 0 })
    // Twice, since a name with one address is shown as the name, which nobody here could resolve.
    resolve = async () => ['127.0.0.1', '127.0.0.1']
    expect(await upOf()).toEqual({ [first]: 1, [second]: 1 })
    resolve = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
    expect(await upOf()).toEqual({ [first]: 1, [second]: 1 })
  },
)

test('a name that is not known is down, and does not hold up the page', async () => {
  const monitor = new PoolerMonitor({
    urls: [new Secret('postgresql://pgb_admin@poolers.internal:6432/pgbouncer')],
    connectTimeoutMs: 2000,
    runtime: quietRuntime(),
    resolve: () => new Promise(() => undefined),
  })
  onTestFinished(() => monitor.close())
  const series = parseExposition(render(await monitor.scrape(300)))
  expect(valueIn(series, 'pgbouncer_up', { pooler: 'poolers.internal:6432' })).toBe(0)
})
