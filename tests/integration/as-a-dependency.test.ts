import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { CHECKOUT } from '../harness/cli.ts'
import { createDatabase, query } from '../harness/postgres.ts'

const run = promisify(execFile)

/** A project of Prisma that has us among its dependencies: our files are copies below its `node_modules`, as npm puts them. */
async function projectWithUs() {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-dependency-'))
  await chmod(directory, 0o755)
  const modules = join(directory, 'node_modules')
  const own = join(modules, 'howdah')
  await mkdir(join(modules, '.bin'), { recursive: true })
  await cp(join(CHECKOUT, 'runner'), join(own, 'runner'), { recursive: true })
  await cp(join(CHECKOUT, 'monitoring/runbooks'), join(own, 'monitoring/runbooks'), { recursive: true })
  await cp(join(CHECKOUT, 'package.json'), join(own, 'package.json'))
  await symlink('../howdah/runner/howdah.js', join(modules, '.bin/howdah'))
  for (const name of await readdir(join(CHECKOUT, 'node_modules')))
    if (!name.startsWith('.')) await symlink(join(CHECKOUT, 'node_modules', name), join(modules, name))
  await mkdir(join(directory, 'prisma/migrations/20240101000000_init'), { recursive: true })
  await writeFile(
    join(directory, 'prisma/schema.prisma'),
    'datasource db {\n  provider = "postgresql"\n}\nmodel a {\n  id Int @id\n}\n',
  )
  await writeFile(
    join(directory, 'prisma/migrations/20240101000000_init/migration.sql'),
    'CREATE TABLE "a" ("id" INTEGER NOT NULL, CONSTRAINT "a_pkey" PRIMARY KEY ("id"));',
  )
  // Of the project's own, in TypeScript, which Node itself reads.
  await writeFile(
    join(directory, 'prisma.config.ts'),
    "export default { schema: 'prisma/schema.prisma' as string }\n",
  )
  return {
    directory,
    howdah: (args: readonly string[], env: Readonly<Record<string, string>>, node = process.execPath) =>
      run(node, [join(modules, '.bin/howdah'), ...args], {
        cwd: directory,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

test('below node_modules, where Node reads no TypeScript, deploy and diff do what they do elsewhere', async () => {
  await using project = await projectWithUs()
  await using db = await createDatabase()
  const env = { DATABASE_URL: db.url }
  const deployed = await project.howdah(['migrate', 'deploy', '--json'], env)
  expect(JSON.parse(deployed.stdout)).toMatchObject({ ok: true, migrations: 1 })
  expect(deployed.stderr).not.toContain('Warning')
  expect(await query(db.url, "SELECT to_regclass('public.a') IS NOT NULL AS made")).toEqual([{ made: true }])
  // Another part of the program, with Prisma's engine and a shadow server.
  const diff = await project.howdah(['migrate', 'diff', '--exit-code'], env)
  expect(diff.stdout).toContain('No difference')
})

test('below node_modules, the runbooks are at hand', async () => {
  await using project = await projectWithUs()
  const { stdout } = await project.howdah(['runbook', 'PgDown'], {})
  expect(stdout).toContain('## Mitigation')
})
