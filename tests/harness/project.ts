import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A throw-away project directory. Paths below it end in `.sql`, `.ts` and so on; the content is written as it is. */
export interface TestProject extends AsyncDisposable {
  readonly directory: string
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
}

/** Files of one database `app`, keyed by their path below `prisma/app/migrations/`. */
export async function createProject(migrations: Readonly<Record<string, string>> = {}): Promise<TestProject> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-project-'))
  // As a checkout usually is: the account that servers run under may enter.
  await chmod(directory, 0o755)
  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
  }
  await mkdir(join(directory, 'prisma/app/migrations'), { recursive: true })
  await write(inMigrations(migrations))
  return { directory, write, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

export function inMigrations(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`prisma/app/migrations/${path}`, text]),
  )
}
