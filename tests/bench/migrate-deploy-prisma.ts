import { openSchemaEngine } from '../../runner/schema-engine/schema-engine.ts'
import { readMigrations } from '../conformance/migrations-directory.ts'

/** The child of `migrate-deploy.ts` that deploys with Prisma's schema engine: `<url> <migrations>`. */
const [url = '', directory = ''] = process.argv.slice(2)
const schema = [{ path: 'schema.prisma', content: 'datasource db {\n  provider = "postgresql"\n}\n' }]
{
  await using engine = await openSchemaEngine({ url, schema })
  await engine.applyMigrations(await readMigrations(directory))
}
// The engine's timer for its advisory lock (10 s) would keep the process; Prisma's CLI does not wait for it either.
process.exit()
