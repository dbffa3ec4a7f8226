import process from 'node:process'
import { defineConfig } from 'prisma/config'

// For the Prisma CLI and Studio only; the runner reads its own configuration. `generate` and `validate` need no
// database, so an unset DATABASE_URL leaves the datasource out instead of stopping them.
const url = process.env.DATABASE_URL

export default defineConfig({
  schema: 'prisma/playground/schema.prisma',
  migrations: { path: 'prisma/playground/migrations' },
  ...(url ? { datasource: { url } } : {}),
})
