import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { resolveDatabaseFolder } from '../../runner/config/database-folder.ts'
import { withReleases } from '../../runner/core/release-stack.ts'
import { formatCount } from '../../runner/core/units.ts'
import { readMigrationFiles } from '../../runner/migrate/history/migration-files.ts'
import { sqlStatements } from '../conformance/sql-statements.ts'
import { CHECKOUT } from '../harness/cli.ts'
import { execute } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

/**
 * `node tests/bench/seed-load.ts --rows 1000000 --peer-rows 50000`
 *
 * The load profile against the document's own way to fill a database, Prisma's createMany in batches of 1,000, on one
 * server, one after the other, with the same rows in the same proportion. Both run in a child of their own, whose peak
 * memory is the operating system's number for the process.
 */

interface Measurement {
  readonly rows: number
  readonly seconds: number
  /** Peak resident set, in kibibytes. */
  readonly peakRssKib: number
}

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    'peer-rows': { type: 'string', default: '50000' },
    postgres: { type: 'string', default: '18' },
  },
})

await withReleases(async releases => {
  const { url: server } = await startThrowAwayServer(
    {
      major: Number(values.postgres),
      settings: { shared_buffers: '512MB', max_wal_size: '4GB' },
      volatile: false,
    },
    releases,
  )
  const template = await migrate(server)
  const runs = [
    ['howdah seed --profile load', 'load', Number(values.rows)],
    ['howdah seed --profile load', 'load', Number(values['peer-rows'])],
    ['prisma createMany, batches of 1,000', 'create-many', Number(values['peer-rows'])],
  ] as const
  process.stdout.write(`PostgreSQL ${values.postgres}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}\n`)
  for (const [title, child, rows] of runs) {
    const database = `bench_${child.replace('-', '_')}_${rows}`
    await execute(server, `CREATE DATABASE ${database} TEMPLATE ${template}`)
    const result = await measure(child, urlOf(server, database), rows)
    const rate = `${formatCount(Math.round(result.rows / result.seconds))} rows/s`
    const memory = `peak ${Math.round(result.peakRssKib / 1024)} MiB`
    process.stdout.write(
      `${title.padEnd(36)} ${formatCount(result.rows).padStart(9)} rows in ${result.seconds.toFixed(1).padStart(5)} s  ${rate.padStart(15)}  ${memory}\n`,
    )
  }
})

function urlOf(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

async function migrate(server: string): Promise<string> {
  const name = 'bench_template'
  await execute(server, `CREATE DATABASE ${name}`)
  const { migrations } = await resolveDatabaseFolder(CHECKOUT, 'playground')
  for (const { script = '', extra } of await readMigrationFiles(migrations)) {
    for (const text of [script, extra]) {
      if (text) await execute(urlOf(server, name), ...(await sqlStatements(text)))
    }
  }
  return name
}

/** Runs `seed-load-<child>.ts`, which prints its measurement as JSON on its last line. */
function measure(child: string, url: string, rows: number): Promise<Measurement> {
  const file = new URL(`seed-load-${child}.ts`, import.meta.url).pathname
  const running = spawn(process.execPath, [file, String(rows)], {
    env: { ...process.env, BENCH_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  running.stdout.on('data', chunk => {
    output += chunk
  })
  return new Promise((resolve, reject) => {
    running.on('error', reject)
    running.on('close', code =>
      code === 0
        ? resolve(JSON.parse(output.trim().split('\n').at(-1) ?? ''))
        : reject(new Error(`${file}: code ${code}`)),
    )
  })
}
