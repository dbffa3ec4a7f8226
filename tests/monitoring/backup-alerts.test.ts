import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { beginBackup, endBackup } from '../../runner/ledger/backups.ts'
import { ROOT } from '../architecture/source-files.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { runnerSession } from '../harness/records.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

const onPath = spawnSync('prometheus', ['--version']).status === 0
const SHOP = { cluster: 'shop', type: 'logical' } as const
/** A failed backup is to be seen within a minute of the event; a scrape and an evaluation a second leave a margin. */
const SOON = { timeout: 30_000, interval: 250 }

/** A Prometheus with the rules as they are committed, that scrapes and evaluates every second. */
async function startPrometheus(target: string): Promise<(name: string) => Promise<string | undefined>> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-prometheus-'))
  const config = join(directory, 'prometheus.yml')
  await writeFile(
    config,
    `global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [${JSON.stringify(join(ROOT, 'monitoring/rules/howdah.yaml'))}]
scrape_configs: [{job_name: howdah, static_configs: [{targets: ['${target}']}]}]
`,
  )
  const child = spawn('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ])
  const exited = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
    await rm(directory, { recursive: true, force: true })
  })
  let log = ''
  child.stderr.on('data', chunk => {
    log += chunk
  })
  const addressIn = () => /address=(127\.0\.0\.1:(?!0\b)\d+)/.exec(log)?.[1]
  await expect.poll(addressIn, SOON).toBeDefined()
  return async name => {
    const response = await fetch(`http://${addressIn()}/api/v1/alerts`)
    const { data } = (await response.json()) as {
      data: { alerts: { state: string; labels: Record<string, string> }[] }
    }
    const found = data.alerts.filter(({ labels }) => labels.alertname === name && labels.cluster === 'shop')
    return found[0]?.state
  }
}

describe.skipIf(!onPath)('Prometheus (needs prometheus: apt-get install prometheus)', () => {
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
    const stateOf = await startPrometheus(host)
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
    const stateAfter = await startPrometheus(new URL(await listening(second)).host)
    await expect.poll(() => stateAfter('PgBackupFailed'), SOON).toBe('firing')
    expect(await stateAfter('PgBackupNeverSeen')).toBeUndefined()

    await session.close()
    await execute(db.url, 'DROP SCHEMA howdah CASCADE')
    // It fires when this has held for 15 minutes.
    await expect.poll(() => stateAfter('PgBackupNeverSeen'), SOON).toBe('pending')
  })
})
