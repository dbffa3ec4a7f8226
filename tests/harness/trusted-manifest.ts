import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { createProject, type TestProject } from './project.ts'

/**
 * A manifest that says the ways back of some files are proved, on every version, where a test is about something else: to
 * prove them takes a second for each rollback.
 */
export function trusting(migrations: Readonly<Record<string, string>>): Record<string, string> {
  const sum = (text: string) => createHash('sha256').update(text).digest('hex')
  const files = Object.fromEntries(Object.entries(migrations).map(([path, text]) => [path, sum(text)]))
  const names = Object.keys(files).flatMap(path => (path.endsWith('/down.sql') ? [dirname(path)] : []))
  const majors = [15, 16, 17, 18]
  const rollbacks = Object.fromEntries(
    names.map(name => {
      const [up, extra, down] = ['migration', 'extra', 'down'].map(file => files[`${name}/${file}.sql`])
      return [name, { grade: 'lossy', up, extra, down, majors }]
    }),
  )
  const head = { version: 1, schema: 'public', schemas: ['public'], majors, objects: [] }
  return { 'prisma/app/catalogue.json': JSON.stringify({ ...head, files, rollbacks }) }
}

/** A project with such a manifest. */
export async function createTrusted(migrations: Readonly<Record<string, string>>): Promise<TestProject> {
  const project = await createProject(migrations)
  await project.write(trusting(migrations))
  return project
}
