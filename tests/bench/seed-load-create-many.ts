import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../prisma/playground/client/client.ts'
import { TAGS } from '../../prisma/playground/seed/database/tags.ts'
import { batches } from '../../prisma/playground/seed/load/batches.ts'
import { describeDataSet } from '../../prisma/playground/seed/load/data-set.ts'
import type { LoadTable } from '../../prisma/playground/seed/load/load-table.ts'
import { loadTables } from '../../prisma/playground/seed/load/tables.ts'
import { peakRssKib } from './peak-memory.ts'

/** The child of `seed-load.ts` that writes the very rows of the load profile with Prisma's createMany. */
const BATCH = 1000
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.BENCH_URL ?? '' }) })

type CreateMany = (args: { data: object[] }) => PromiseLike<{ readonly count: number }>
const createMany: Readonly<Record<string, CreateMany>> = {
  users: args => prisma.user.createMany(args as never),
  refresh_tokens: args => prisma.refreshToken.createMany(args as never),
  workbooks: args => prisma.workbook.createMany(args as never),
  workbook_tags: args => prisma.workbookTag.createMany(args as never),
  follows: args => prisma.follow.createMany(args as never),
  favorites: args => prisma.favorite.createMany(args as never),
  featured_items: args => prisma.featuredItem.createMany(args as never),
  reports: args => prisma.report.createMany(args as never),
  workbook_views: args => prisma.workbookView.createMany(args as never),
}

function toObject({ columns }: LoadTable, row: readonly unknown[]): object {
  const entries = columns.map((column, index) => {
    const value = row[index]
    return [column, column === 'featured_date' ? new Date(String(value)) : value]
  })
  return Object.fromEntries(entries)
}

const start = performance.now()
let made = (
  await prisma.tag.createMany({
    data: TAGS.map(([name, color, description]) => ({ name, color, description })),
  })
).count
const tags = await prisma.tag.findMany()
const tagIds = TAGS.map(([name]) => tags.find(tag => tag.name === name)?.id ?? 0)
for (const table of loadTables(describeDataSet(1, Number(process.argv[2])), tagIds)) {
  for (const rows of batches(table.rows(), BATCH)) {
    const data = Array.from(rows, row => toObject(table, row))
    made += (await createMany[table.table]?.({ data }))?.count ?? 0
  }
}
await prisma.$executeRaw`ANALYZE`
const seconds = (performance.now() - start) / 1000
process.stdout.write(`${JSON.stringify({ rows: made, seconds, peakRssKib: peakRssKib() })}\n`)
await prisma.$disconnect()
