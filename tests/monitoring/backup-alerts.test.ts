import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { beginBackup, endBackup } from '../../runner/ledger/backups.ts'
import { ROOT } from '../architecture/source-files.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { prometheusOnPath, startPrometheus } from '../harness/prometheus.ts'
import { runnerSession } from '../harness/records.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

const SHOP = { cluster: 'shop', type: 'logical' } as const
/** A failed backup is to be seen within a minute of the event; a scrape and an evaluation a second leave a margin. */
const SOON = { timeout: 30_000, interval: 250 }

/** What a Prometheus with the rules as they are committed says of an alert on the shop; it ends with the test. */
async function watch(target: string): Promise<(name: string) => Promise<string | undefined>> {
  const rules = [join(ROOT, 'monitoring/rules/howdah.yaml')]
  const prometheus = await startPrometheus({ targets: { howdah: [target] }, rules })
  onTestFinished(prometheus.stop)
  return async wanted => {
    const alerts = await prometheus.alerts()
    return alerts.find(({ name, labels }) => name === wanted && labels.cluster === 'shop')?.state
  }
}

describe.skipIf(!prometheusOnPath)('Prometheus (needs prometheus: apt-get install prometheus)', () => {
  test('a failed backup fires at once and after a restart of the exporter; with all of the record gone it is missed', async () => {
    await using db = await createDatabase()
    const session = await runnerSession(db.url)
    await endBackup(session, await beginBackup(session, SHOP), { outcome: 'succeeded', sizeBytes: 1 })
    const serve = (port: string) =>
      startVerb(
        ['serve', '--json', '--metrics-port', port, '--expected-backups', 'shop/logical=26h'],
        { DATABASE_URL: db.url },
        ROOT,
      )
    const first = await serve('0')
    onTestFinished(() => first[Symbol.asyncDispose]())
    const { host, port } = new URL(await listening(first))
    const stateOf = await watch(host)
    // A good backup that nobody verified: the rules are at work, and the others are silent.
    await expect.poll(() => stateOf('PgBackupUnverified'), SOON).toBe('firing')
    for (const name of ['PgBackupFailed', 'PgBackupNeverSeen', 'PgBackupStale'])
      expect([name, await stateOf(name)]).toEqual([name, undefined])

    await endBackup(session, await beginBackup(session, SHOP), { outcome: 'failed', errorCode: 'disk-full' })
    await expect.poll(() => stateOf('PgBackupFailed'), SOON).toBe('firing')

    // Neither the next exporter nor the next Prometheus has seen it happen.
    await first[Symbol.asyncDispose]()
    const second = await serve(port)
    onTestFinished(() => second[Symbol.asyncDispose]())
    const stateAfter = await watch(new URL(await listening(second)).host)
    await expect.poll(() => stateAfter('PgBackupFailed'), SOON).toBe('firing')
    expect(await stateAfter('PgBackupNeverSeen')).toBeUndefined()

    await session.close()
    await execute(db.url, 'DROP SCHEMA howdah CASCADE')
    // It fires when this has held for 15 minutes.
    await expect.poll(() => stateAfter('PgBackupNeverSeen'), SOON).toBe('pending')
  })
})
