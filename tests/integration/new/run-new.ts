import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cli } from '../../harness/cli.ts'
import { createProject, type TestProject } from '../../harness/project.ts'

/** The head of every Prisma schema here. */
export const DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'

/** A history of one table with an index. */
export const INIT = `
CREATE TABLE "users" ("id" SERIAL NOT NULL, "name" TEXT NOT NULL, "age" INTEGER, CONSTRAINT "users_pkey" PRIMARY KEY ("id"));
CREATE INDEX "users_name_idx" ON "users"("name");
`

/** What `migrate new --json` reports. */
export interface Reported {
  readonly migration: string | null
  readonly written: readonly string[]
  readonly script: string
  readonly down: string
  readonly kept: readonly { readonly object: string }[]
  readonly destructive: readonly { readonly object: string; readonly data: boolean }[]
  readonly downProblems: readonly string[]
  readonly error?: {
    readonly code: string
    readonly details: unknown
    readonly hint: string
    readonly message: string
  }
}

/** A project with a schema, and files below its folder of migrations. */
export async function projectWith(
  schema: string,
  migrations: Readonly<Record<string, string>> = {},
): Promise<TestProject> {
  const project = await createProject(migrations)
  await project.write({ 'prisma/app/schema.prisma': DATASOURCE + schema })
  return project
}

/** Runs `migrate new` where nobody is to be asked. */
export async function newMigration(
  { directory }: TestProject,
  args: readonly string[],
  { env = {}, signal }: { env?: Record<string, string>; signal?: AbortSignal } = {},
) {
  const given = signal ? { signal } : {}
  const result = await cli(['migrate', 'new', ...args, '--json'], { cwd: directory, env, ...given })
  return { ...result, report: (result.stdout ? JSON.parse(result.stdout) : undefined) as Reported }
}

/** What lies in the folder of migrations. */
export const folders = async ({ directory }: TestProject) =>
  (await readdir(join(directory, 'prisma/app/migrations'))).sort()

export const read = (project: TestProject, migration: string | null, file: string) =>
  readFile(join(project.directory, 'prisma/app/migrations', migration ?? '', file), 'utf8')
