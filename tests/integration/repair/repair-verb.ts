import { cli } from '../../harness/cli.ts'
import { execute, type TestDatabase } from '../../harness/postgres.ts'
import type { TestProject } from '../../harness/project.ts'

interface Reported {
  readonly repairs: readonly {
    readonly kind: string
    readonly subject: string
    readonly action: string
    readonly proof: string
    readonly state: string
  }[]
  readonly left: readonly {
    readonly kind: string
    readonly subject: string
    readonly reason: string
    readonly instead: readonly string[]
  }[]
}

/** Runs `howdah migrate repair --json`. */
export async function repair(
  project: TestProject,
  db: Pick<TestDatabase, 'url'>,
  ...args: readonly string[]
): Promise<Reported & { readonly exit: number; readonly stderr: string }> {
  const { exit, stdout, stderr } = await cli(['migrate', 'repair', '--json', ...args], {
    cwd: project.directory,
    env: { DATABASE_URL: db.url },
  })
  return { exit, stderr, ...(JSON.parse(stdout) as Reported) }
}

/** The tests' role is called howdah, and so is our ledger's schema: by default that would be where it makes things. */
export const byHand = (db: TestDatabase, ...statements: readonly string[]): Promise<void> =>
  execute(db.url, 'SET search_path = public', ...statements)
