import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolveDatabaseFolder } from '../../runner/config/database-folder.ts'
import { CHECKOUT, type CliResult, cli, startCli } from '../harness/cli.ts'
import { createDatabase, query } from '../harness/postgres.ts'

const DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'
const INIT = 'CREATE TABLE a (id int);\r\nINSERT INTO a VALUES (1);\r\n'

type Files = Readonly<Record<string, string>>

interface Layout {
  readonly files: Files
  /** Below the project; default: the project. */
  readonly cwd?: string
  readonly args?: readonly string[]
}

const migrationIn = (folder: string): Files => ({
  [`${folder}/20240101000000_init/migration.sql`]: INIT,
  [`${folder}/migration_lock.toml`]: 'provider = "postgresql"\n',
})

const DECOY = { 'prisma/decoy/migrations/1_wrong/migration.sql': 'CREATE TABLE wrong (id int);' }

/** Projects of Prisma 5, 6 and 7 as they are found. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  'prisma/schema.prisma with migrations beside it, the default': {
    files: { 'prisma/schema.prisma': DATASOURCE, ...migrationIn('prisma/migrations') },
  },
  'schema.prisma in the root': {
    files: { 'schema.prisma': DATASOURCE, ...migrationIn('migrations') },
  },
  'a folder of schemas, prisma/schema/, with migrations beside the datasource': {
    files: {
      'prisma/schema/models/user.prisma': 'model User {\n  id Int @id\n}\n',
      'prisma/schema/main/base.prisma': DATASOURCE,
      ...migrationIn('prisma/schema/main/migrations'),
    },
  },
  'a folder of schemas, prisma/schema/, with migrations beside the folder': {
    files: { 'prisma/schema/base.prisma': DATASOURCE, ...migrationIn('prisma/migrations') },
  },
  'prisma.schema of package.json, seen from a folder below': {
    files: {
      'package.json': '{ "name": "shop", "prisma": { "schema": "database/shop.prisma" } }',
      'packages/api/readme.txt': '',
      'database/shop.prisma': DATASOURCE,
      ...migrationIn('database/migrations'),
    },
    cwd: 'packages/api',
  },
  "prisma.config.ts of Prisma 7: dotenv, env(), migrations elsewhere; package.json's word no longer counts": {
    files: {
      'prisma.config.ts': `import 'dotenv/config'
        import { defineConfig, env } from 'prisma/config'
        import { join } from 'node:path'
        const schema: string = join('db', 'schema.prisma')
        export default defineConfig({ schema, migrations: { path: 'db/history' }, datasource: { url: env('SHOP_URL') } })`,
      'package.json': '{ "type": "module", "prisma": { "schema": "database/shop.prisma" } }',
      '.env': 'DATABASE_URL=postgresql://nobody@127.0.0.1:1/nothing\n',
      'db/schema.prisma': DATASOURCE,
      ...migrationIn('db/history'),
      ...DECOY,
    },
  },
  'prisma.config.mjs without a word about migrations': {
    files: {
      'prisma.config.mjs': `export default { schema: './db/schema.prisma' }`,
      'db/schema.prisma': DATASOURCE,
      ...migrationIn('db/migrations'),
      ...DECOY,
    },
  },
  'a CommonJS configuration below .config/': {
    files: {
      '.config/prisma.cjs': `const { defineConfig } = require('prisma/config')
        module.exports = defineConfig({ schema: '../db/schema.prisma', migrations: { path: '../db/migrations' } })`,
      'db/schema.prisma': DATASOURCE,
      ...migrationIn('db/migrations'),
    },
  },
  '--schema, with migrations beside it': {
    files: { 'db/schema.prisma': DATASOURCE, ...migrationIn('db/migrations'), ...DECOY },
    args: ['--schema', 'db/schema.prisma'],
  },
  '--migrations, whatever the configuration of Prisma would say': {
    files: { 'prisma.config.ts': 'throw new Error("never read")', ...migrationIn('sql') },
    args: ['--migrations', 'sql'],
  },
  'migrations alone, as in an image that leaves the schema out': {
    files: migrationIn('prisma/migrations'),
  },
  'our own layout for several databases': {
    files: { ...migrationIn('prisma/shop/migrations'), ...DECOY },
    args: ['--database', 'shop'],
  },
}

interface Project extends AsyncDisposable {
  readonly directory: string
}

async function projectWith(files: Files): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-drop-in-'))
  await chmod(directory, 0o755)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

/** In a process of its own: inside vitest, vitest and not Node loads the configuration file. */
const howdah = (args: readonly string[], cwd: string, env: Files): Promise<CliResult> =>
  startCli(args, { cwd, env }).result

describe('in a project of Prisma, unchanged and without our configuration,', () => {
  test.each(Object.entries(LAYOUTS))(
    'deploy finds what to apply: %s',
    async (_, { files, cwd = '', args = [] }) => {
      await using db = await createDatabase()
      await using project = await projectWith(files)
      const here = join(project.directory, cwd)
      const env = { DATABASE_URL: db.url }
      const deployed = await howdah(['migrate', 'deploy', '--json', ...args], here, env)
      expect(deployed.exit, deployed.stderr).toBe(0)
      // One document, whatever the configuration file prints.
      expect(JSON.parse(deployed.stdout)).toMatchObject({ ok: true, migrations: 1 })
      expect(await query(db.url, 'SELECT migration_name FROM _prisma_migrations')).toEqual([
        { migration_name: '20240101000000_init' },
      ])
    },
  )

  test('the URL is never taken from .env, as Prisma 7 takes it from none either', async () => {
    await using project = await projectWith({
      'prisma/schema.prisma': DATASOURCE,
      '.env': 'DATABASE_URL=postgresql://nobody@127.0.0.1:1/nothing\n',
      ...migrationIn('prisma/migrations'),
    })
    const result = await cli(['migrate', 'status'], { cwd: project.directory })
    expect(result).toMatchObject({ exit: 2, stderr: expect.stringContaining('database-url-missing') })
  })

  test.each([
    ['throws', 'throw new Error("of its own making")', 'of its own making'],
    ['imports what is not there', `import 'not-installed'\nexport default {}`, 'not-installed'],
    ['exports nothing', 'export const a = 1', 'no default export'],
    [
      'gives a number for a path',
      'export default { migrations: { path: 7 } }',
      'migrations.path must be text',
    ],
  ])('a configuration file that %s is refused with a way out', async (_, text, reason) => {
    await using project = await projectWith({ 'prisma.config.ts': text, ...migrationIn('sql') })
    const env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' }
    const result = await howdah(['migrate', 'status'], project.directory, env)
    expect(result.exit).toBe(2)
    expect(result.stderr).toContain('error[prisma-config-unreadable] cannot use prisma.config.ts')
    expect(result.stderr).toContain(reason)
    expect(result.stderr).toContain('--migrations')
  })

  test('a directory without any of it is told so', async () => {
    await using project = await projectWith({ 'readme.txt': '' })
    const env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' }
    const result = await cli(['migrate', 'status'], { cwd: project.directory, env })
    expect(result).toMatchObject({ exit: 2, stderr: expect.stringContaining('--migrations') })
  })

  test('several databases of our layout want a name, and a database of Prisma goes before them', async () => {
    await using project = await projectWith({
      ...migrationIn('prisma/shop/migrations'),
      ...migrationIn('prisma/users/migrations'),
    })
    await expect(resolveDatabaseFolder(project.directory, undefined)).rejects.toMatchObject({
      code: 'usage-invalid',
      message: expect.stringContaining('shop, users'),
    })
    await writeFile(join(project.directory, 'prisma/schema.prisma'), DATASOURCE)
    expect(await resolveDatabaseFolder(project.directory, undefined)).toMatchObject({
      migrations: join(project.directory, 'prisma/migrations'),
    })
  })
})

describe('in this checkout', () => {
  const playground = {
    name: 'playground',
    directory: join(CHECKOUT, 'prisma/playground'),
    migrations: join(CHECKOUT, 'prisma/playground/migrations'),
    schema: join(CHECKOUT, 'prisma/playground/schema.prisma'),
  }

  test('the playground is found by its name, and without one by prisma.config.ts', async () => {
    expect(await resolveDatabaseFolder(CHECKOUT, 'playground')).toEqual(playground)
    expect(await resolveDatabaseFolder(CHECKOUT, undefined)).toEqual(playground)
    expect(await resolveDatabaseFolder(CHECKOUT.replace(/\/$/, ''), undefined)).toEqual(playground)
  })

  test('a name goes before prisma.config.ts', async () => {
    await expect(resolveDatabaseFolder(CHECKOUT, 'nowhere')).rejects.toMatchObject({
      code: 'database-unknown',
    })
  })
})
