import { HowdahError } from '../../../runner/core/errors.ts'
import { type Step, step } from '../../../runner/core/progress.ts'
import { formatCount, plural } from '../../../runner/core/units.ts'
import type { SeedContext, SeedOptions, SeedProfile, TableRows } from '../../../runner/seed/profile.ts'
import { refuseForeignUsers } from './database/foreign-users.ts'
import { TAGS } from './database/tags.ts'
import { batches } from './load/batches.ts'
import { type DataSet, describeDataSet } from './load/data-set.ts'
import type { LoadTable } from './load/load-table.ts'
import { isPresent } from './load/presence.ts'
import { FEWEST_ROWS, MOST_ROWS } from './load/shape.ts'
import { loadTables } from './load/tables.ts'
import { ensureTags, readTagIds } from './load/tag-rows.ts'

const DEFAULT_ROWS = 100_000
const DEFAULT_RANDOM_SEED = 1

/** The server remembers a foreign-key check for every row until the statement ends: its memory is to stay flat, too. */
const ROWS_PER_STATEMENT = 250_000

const load: SeedProfile = {
  summary: 'many rows to measure with (--rows), the same for the same --random-seed, streamed with COPY',
  safeInProduction: false,
  options: ['rows', 'randomSeed'],
  tables: [
    'users',
    'tags',
    'refresh_tokens',
    'workbooks',
    'workbook_tags',
    'follows',
    'favorites',
    'featured_items',
    'reports',
    'workbook_views',
  ],
  plan: async context => {
    const data = dataSetOf(context.options)
    await refuseForeignUsers(context)
    return planTables(context, data)
  },
  run: async context => {
    const data = dataSetOf(context.options)
    const title = `load ${formatCount(wishOf(context.options).rows)} rows`
    const detail = (made: number) => `${plural(made, 'row')} made`
    await step(context.runtime.progress, title, current => writeAll(context, data, current), detail)
  },
}
export default load

/** @returns the rows made */
async function writeAll(context: SeedContext, data: DataSet, current: Step): Promise<number> {
  const { clock } = context.runtime
  const { rows } = wishOf(context.options)
  const start = clock.monotonicMs()
  const tags = await context.transaction(async connection => ({
    made: await ensureTags(connection),
    ids: await readTagIds(connection),
  }))
  context.journal.table({ table: 'tags', made: tags.made, alreadyThere: TAGS.length - tags.made })
  let total = tags.made
  let before: number = TAGS.length
  for (const table of loadTables(data, tags.ids)) {
    const made = await writeTable(context, table, done => {
      const progress = context.describeProgress(before + done, rows, clock.monotonicMs() - start)
      current.update(`${progress} · ${table.table}`)
    })
    context.journal.table({ table: table.table, made, alreadyThere: table.count - made })
    total += made
    before += table.count
  }
  return total
}

/** Writes a table in one transaction, unless it is there. @returns the rows it wrote */
async function writeTable(
  context: SeedContext,
  table: LoadTable,
  onProgress: (rows: number) => void,
): Promise<number> {
  return context.transaction(async connection => {
    if (await isPresent(connection, table)) return 0
    let written = 0
    await context.withKeysCheckedAtOnce(connection, table.table, async () => {
      for (const rows of batches(table.rows(), ROWS_PER_STATEMENT)) {
        const before = written
        written += await context.copy(connection, {
          table: table.table,
          columns: table.columns,
          rows,
          onProgress: done => onProgress(before + done),
        })
      }
      // So that the check of the keys, and whoever comes next, gets a plan for a full table.
      await connection.run(`ANALYZE ${table.table}`)
    })
    return written
  })
}

async function planTables(context: SeedContext, data: DataSet): Promise<TableRows[]> {
  return context.transaction(async connection => {
    const tagIds = await readTagIds(connection)
    const missing = tagIds.filter(id => id === 0).length
    const planned = [{ table: 'tags', made: missing, alreadyThere: tagIds.length - missing }]
    for (const table of loadTables(data, tagIds)) {
      const present = await isPresent(connection, table)
      const [made, alreadyThere] = present ? [0, table.count] : [table.count, 0]
      planned.push({ table: table.table, made, alreadyThere })
    }
    return planned
  })
}

function wishOf({ rows = DEFAULT_ROWS, randomSeed = DEFAULT_RANDOM_SEED }: SeedOptions) {
  return { rows, randomSeed }
}

/** @throws HowdahError usage-invalid */
function dataSetOf(options: SeedOptions): DataSet {
  const { rows, randomSeed } = wishOf(options)
  if (rows < FEWEST_ROWS || rows > MOST_ROWS) {
    const problem = `--rows ${formatCount(rows)}: a load has ${formatCount(FEWEST_ROWS)} to ${formatCount(MOST_ROWS)} rows`
    throw new HowdahError('usage-invalid', { problem, command: 'seed' })
  }
  return describeDataSet(randomSeed, rows)
}
