import { resolveDatabaseFolder } from '../../runner/config/database-folder.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { seed } from '../../runner/seed/seed.ts'
import { CHECKOUT } from '../harness/cli.ts'
import { peakRssKib } from './peak-memory.ts'

/** The child of `seed-load.ts` that runs the load profile. */
const rows = Number(process.argv[2])
const start = performance.now()
const outcome = await seed({
  profile: 'load',
  folder: await resolveDatabaseFolder(CHECKOUT, 'playground'),
  url: new Secret(process.env.BENCH_URL ?? ''),
  setting: 'BENCH_URL',
  connectTimeoutMs: 10_000,
  adminEmail: 'admin@sigmaplayground.com',
  rows,
  runtime: quietRuntime(),
})
if (outcome.error) throw outcome.error
const seconds = (performance.now() - start) / 1000
const made = outcome.profiles.flatMap(each => each.tables).reduce((sum, each) => sum + each.made, 0)
process.stdout.write(`${JSON.stringify({ rows: made, seconds, peakRssKib: peakRssKib() })}\n`)
