import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../architecture/source-files.ts'
import { moto, REGION, startAwsFront, startEmulator, useAws } from '../harness/aws.ts'
import { serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase } from '../harness/postgres.ts'
import { prometheusOnPath, startPrometheus } from '../harness/prometheus.ts'

const GIB = 2 ** 30
const SOON = { timeout: 60_000, interval: 500 }

/** Our rules as they are committed, but for how long a condition has to hold, which promtool proves. */
async function rulesWithoutPatience(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-rules-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const rules = await readFile(join(ROOT, 'monitoring/rules/howdah.yaml'), 'utf8')
  const path = join(directory, 'rules.yaml')
  await writeFile(path, rules.replaceAll(/^(\s+for: ).*$/gm, '$1"1s"'))
  return path
}

test.skipIf(!moto || !prometheusOnPath)(
  "what Amazon says of a disk, of memory and of an instance that is gone becomes alerts (needs apt-get install prometheus, pip install 'moto[server]')",
  { timeout: 120_000 },
  async () => {
    await using database = await createDatabase()
    await using aws = await startEmulator()
    const front = await startAwsFront(aws)
    useAws(front.url)
    await aws.createInstance('full', { BackupRetentionPeriod: 7 })
    await aws.createInstance('fine', { BackupRetentionPeriod: 7 })
    await aws.measure('full', { FreeStorageSpace: 5 * GIB, CPUUtilization: 99 })
    await aws.measure('fine', { FreeStorageSpace: 90 * GIB, CPUUtilization: 5 })
    const server = await serveMetrics(database.url, {
      rdsInstances: ['full', 'fine', 'gone'],
      awsRegion: REGION,
    })
    await using prometheus = await startPrometheus({
      targets: { howdah: [server.url] },
      rules: [await rulesWithoutPatience()],
      scrape: '2s',
    })
    const firing = async () =>
      (await prometheus.alerts())
        .filter(({ state, labels }) => state === 'firing' && labels.dbidentifier !== undefined)
        .map(({ name, labels }) => `${name} ${labels.dbidentifier}`)
    await expect
      .poll(firing, SOON)
      .toEqual(
        expect.arrayContaining([
          'PgDiskHigh full',
          'PgDiskCritical full',
          'PgCpuHigh full',
          'PgRdsMetricsMissing gone',
        ]),
      )
    expect((await firing()).filter(alert => alert.endsWith(' fine'))).toEqual([])
  },
)
