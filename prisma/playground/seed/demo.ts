import { step } from '../../../runner/core/progress.ts'
import { plural } from '../../../runner/core/units.ts'
import type { SeedContext, SeedProfile, TableRows } from '../../../runner/seed/profile.ts'
import { refuseForeignUsers } from './database/foreign-users.ts'
import { withPrisma } from './database/with-prisma.ts'
import { countDemo } from './demo/count-demo.ts'
import { demoData } from './demo/demo-data.ts'
import { writeDemo } from './demo/write-demo.ts'

const DEFAULT_RANDOM_SEED = 1

/** Enough for throw-away accounts, and the document's. */
const COST = 10

/** Upper bounds for the whole demo, in milliseconds: it takes a second or two. */
const TRANSACTION = { maxWait: 10_000, timeout: 60_000 }

const demo: SeedProfile = {
  summary: 'made-up people and what they do, enough to try the application with',
  safeInProduction: false,
  first: ['essential'],
  options: ['randomSeed'],
  tables: [
    'users',
    'tags',
    'workbooks',
    'workbook_tags',
    'follows',
    'favorites',
    'workbook_views',
    'refresh_tokens',
    'reports',
    'featured_items',
  ],
  plan: async context => {
    await refuseForeignUsers(context)
    return withPrisma(context, prisma => countDemo(prisma, demoOf(context)))
  },
  run: async context => {
    const { runtime, journal } = context
    const password = context.generatePassword()
    const write = async () => {
      const hash = await context.hashPassword(password, COST)
      return withPrisma(context, prisma =>
        prisma.$transaction(async tx => {
          runtime.signal.throwIfAborted()
          const written = await writeDemo(tx, demoOf(context), hash)
          // The last moment at which everything can still be taken back.
          runtime.signal.throwIfAborted()
          return written
        }, TRANSACTION),
      )
    }
    const rows = await step(runtime.progress, 'demo data', write, describeRows)
    for (const each of rows) journal.table(each)
    const users = rows.find(each => each.table === 'users')?.made ?? 0
    if (users > 0) journal.password(`the ${users} demo users`, password)
  },
}
export default demo

function demoOf({ options }: SeedContext) {
  return demoData(options.randomSeed ?? DEFAULT_RANDOM_SEED)
}

function describeRows(rows: readonly TableRows[]): string {
  return plural(
    rows.reduce((sum, each) => sum + each.made, 0),
    'row',
  )
}
