import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { HowdahError } from '../../runner/core/errors.ts'
import { cli } from '../harness/cli.ts'
import { INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'

const HOSTILE = '2_a|b `x` @octocat <img src=x>'

function migrate(
  project: TestProject,
  db: TestDatabase,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  return cli(['migrate', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url, ...env } })
}

const summaryOf = (project: TestProject, file = 'summary.md') =>
  readFile(join(project.directory, file), 'utf8')

/** The rows of a document's tables, as cells. */
const rowsOf = (markdown: string) =>
  markdown
    .split('\n')
    .filter(line => line.startsWith('| ') && !/^\| -/.test(line))
    .map(line => line.slice(2, -2).split(' | '))

describe.each(MAJORS)('on Postgres %i', major => {
  test('plan, deploy, status and verify tell in Markdown what they tell as text', async () => {
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);\nUPDATE a SET name = name;',
    })
    await using db = await createDatabase({ major })
    const plan = await migrate(project, db, ['plan', '--markdown'])
    expect(plan.exit).toBe(0)
    expect(plan.stdout).toMatch(/^## … Deploy would apply 1 migration\n\n### `1_init`\n\n\| line \|/)
    expect(
      rowsOf(plan.stdout)
        .slice(1)
        .map(cells => cells.slice(0, 4)),
    ).toEqual([
      ['`migration.sql:1`', expect.stringContaining('CREATE TABLE a'), 'one for the file', '`a`: new'],
      ['`migration.sql:2`', expect.stringContaining('INSERT INTO a'), 'one for the file', '`a`: new'],
      ['`extra.sql:1`', expect.stringContaining('CONCURRENTLY'), 'outside any', expect.any(String)],
      ['`extra.sql:2`', expect.stringContaining('UPDATE a'), 'its own', expect.any(String)],
    ])
    const deployed = await migrate(project, db, ['deploy', '--markdown'])
    expect(deployed.exit).toBe(0)
    expect(deployed.stdout).toMatch(/^## ✔ 1 migration applied in \d/)
    expect(rowsOf(deployed.stdout).slice(1)).toEqual([
      ['✔ applied', '`1_init/migration.sql:1`', expect.any(String), expect.any(String), '1', '', ''],
      ['✔ applied', '`1_init/extra.sql:1`', expect.any(String), expect.any(String), '1', '', ''],
      ['✔ applied', '`1_init/extra.sql:2`', '`UPDATE a SET name = name`', expect.any(String), '1', '', '1'],
    ])
    const [run] = await query<{ id: string }>(db.url, 'SELECT id FROM howdah.run')
    expect(deployed.stdout).toContain(`Run \`${run?.id}\``)
    const again = await migrate(project, db, ['deploy', '--markdown'])
    expect(again.stdout).toMatch(/^## ✔ Nothing to do: 1 migration and their extra SQL are applied\n/)
    const status = await migrate(project, db, ['status', '--markdown'])
    expect(status.stdout).toMatch(/^## ✔ Up to date: 1 migration\n/)
    expect(rowsOf(status.stdout).at(-1)).toEqual([
      '✔ applied',
      '`1_init`',
      expect.stringMatching(/^\d{4}-.*Z$/),
    ])
    if (major !== 18) return
    await execute(db.url, 'DROP INDEX a_name', 'ALTER TABLE a ADD COLUMN "x|y" int')
    const drift = await migrate(project, db, ['verify', '--markdown'])
    expect(drift).toMatchObject({ exit: 6, stdout: expect.stringContaining('## ✖ 2 differences') })
    expect(rowsOf(drift.stdout).slice(1)).toContainEqual([
      'missing',
      '`index public.a.a_name`',
      '`CREATE INDEX a_name ON public.a USING btree (name)`',
      '—',
      '`CREATE INDEX CONCURRENTLY a_name ON public.a USING btree (name);`',
    ])
  })
})

test('a failure names its place, what the database said, and what the next deploy does', async () => {
  await using project = await createProject({
    '1_init/migration.sql': INIT,
    '1_init/extra.sql': 'UPDATE a SET name = $$1$$;\nUPDATE nowhere SET x = 1;\nUPDATE a SET name = $$2$$;',
  })
  await using db = await createDatabase()
  const failed = await migrate(project, db, [
    'deploy',
    '--summary',
    'summary.md',
    '--allow',
    'edited=made by <b>@me</b>',
  ])
  expect(failed).toMatchObject({ exit: 4, stdout: expect.not.stringContaining('##') })
  const summary = await summaryOf(project)
  expect(summary).toMatch(/^## ✖ Deploy failed at `1_init\/extra\.sql:2` after \d/)
  expect(summary).toContain(
    'Error `migration-failed`, exit code 4:\n\n```text\n1_init/extra.sql:2:8: relation "nowhere"',
  )
  expect(summary).toContain('\n  2 | UPDATE nowhere SET x = 1;\n    |        ^\n')
  expect(summary).toContain('**What to do:** The statements before this one have taken effect')
  expect(summary).toContain(
    '**Next:** the next `howdah migrate deploy` goes on at `1_init/extra.sql:2`; the 2 steps of this migration before it are in the database and not run again, then 1 further step.',
  )
  expect(
    rowsOf(summary)
      .slice(1)
      .map(cells => cells[0]),
  ).toEqual(['✔ applied', '✔ applied', '✖ failed', '· not run'])
  expect(summary).toContain('- `edited`: made by `<b>@me</b>`')
  await project.write(
    inMigrations({ '1_init/extra.sql': 'UPDATE a SET name = $$1$$;\nUPDATE a SET name = $$2$$;' }),
  )
  await migrate(project, db, ['deploy', '--summary', 'summary.md'])
  const both = await summaryOf(project)
  expect(both.startsWith(`${summary}\n## ✔ 1 migration applied in`)).toBe(true)
})

test('a refusal before anything ran is told as well, in the file that CI names or in ours', async () => {
  await using project = await createProject({ '1_init/migration.sql': 'CREATE TABL a ();' })
  await using db = await createDatabase()
  const env = { GITHUB_STEP_SUMMARY: join(project.directory, 'github.md') }
  const refused = await migrate(project, db, ['deploy', '--json'], env)
  expect(refused.exit).toBe(3)
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'migration-sql-invalid' } })
  const summary = await summaryOf(project, 'github.md')
  expect(summary).toMatch(
    /^## ✖ howdah migrate deploy: refused\n\nError `migration-sql-invalid`, exit code 3:\n\n```text\n/,
  )
  expect(summary).toContain('1_init/migration.sql:1:8')
  const printed = await migrate(project, db, ['deploy', '--markdown'])
  expect(printed.stdout).toBe(summary)
  expect(printed.stderr).toContain('error[migration-sql-invalid]')
  const wrong = new URL(db.url)
  wrong.password = 'hunter2-is-wrong'
  const unauthenticated = await migrate(project, db, ['deploy', '--markdown'], { DATABASE_URL: wrong.href })
  expect(unauthenticated.stdout).toContain('Error `authentication-failed`')
  expect(unauthenticated.stdout).not.toContain('hunter2')
  const other = join(project.directory, 'own.md')
  await migrate(project, db, ['status'], { ...env, HOWDAH_SUMMARY_FILE: other })
  expect(await summaryOf(project, 'own.md')).toMatch(/^## ✖ Deploy would refuse/)
  expect(await summaryOf(project, 'github.md')).toBe(summary)
})

test('an interruption is told, with what the next deploy does', async () => {
  await using project = await createProject({ '1_init/migration.sql': `${INIT}SELECT pg_sleep(60);` })
  await using db = await createDatabase()
  const interruption = new AbortController()
  const running = cli(['migrate', 'deploy', '--summary', 'summary.md'], {
    cwd: project.directory,
    env: { DATABASE_URL: db.url },
    signal: interruption.signal,
  })
  const sleeping =
    "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND datname = current_database() AND pid <> pg_backend_pid()"
  while ((await query(db.url, sleeping)).length === 0) await new Promise(resolve => setTimeout(resolve, 20))
  interruption.abort(new HowdahError('interrupted', { signal: 'SIGINT' }))
  expect(await running).toMatchObject({ exit: 130 })
  const summary = await summaryOf(project)
  expect(summary).toMatch(/^## ✖ Deploy was interrupted at `1_init\/migration\.sql:1` after/)
  expect(summary).toContain('runs `1_init/migration.sql` again from its first statement')
})

test('who held a table lock is named; what they ran only when that is asked for', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await using db = await createDatabase()
  await migrate(project, db, ['deploy'])
  await project.write(inMigrations({ '2_alter/migration.sql': 'ALTER TABLE a ADD COLUMN c int;' }))
  const blocker = new Client({ connectionString: db.url, application_name: 'evil|app `@x`' })
  await blocker.connect()
  try {
    await blocker.query("BEGIN; SELECT 'patient data' FROM a")
    const brief = ['deploy', '--markdown', '--lock-timeout-ms', '50', '--lock-budget-ms', '400']
    const blocked = await migrate(project, db, brief)
    expect(blocked.exit).toBe(5)
    expect(blocked.stdout).toMatch(/^## ✖ Deploy did not get a lock at `2_alter\/migration\.sql:1` after/)
    expect(blocked.stdout).toMatch(/\n- `2_alter\/migration\.sql:1` by ``?.*application evil<?`?/)
    expect(blocked.stdout).toContain('again from its first statement: nothing of it is in the database.')
    expect(blocked.stdout).not.toContain('patient data')
    const [state, , , , attempts, lockWait] = rowsOf(blocked.stdout).at(-1) ?? []
    expect([state, Number(attempts) > 1, lockWait]).toEqual([
      '✖ failed',
      true,
      expect.stringMatching(/^\d+ ms$/),
    ])
    expect((await migrate(project, db, [...brief, '--show-queries'])).stdout).toContain('patient data')
    const patient = migrate(project, db, ['deploy', '--markdown', '--lock-timeout-ms', '50'])
    const watching =
      "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'howdah/%' AND query LIKE '%pg_blocking_pids(%'"
    while ((await query(db.url, watching)).length === 0) await new Promise(resolve => setTimeout(resolve, 20))
    await new Promise(resolve => setTimeout(resolve, 200))
    await blocker.query('COMMIT')
    const done = await patient
    expect(done.exit).toBe(0)
    expect(rowsOf(done.stdout).at(-1)?.slice(4, 6)).toEqual([
      expect.stringMatching(/^[2-9]/),
      expect.stringMatching(/ m?s$/),
    ])
    expect(done.stdout).toContain(
      '\nHeld up while waiting for table locks:\n\n- `2_alter/migration.sql:1` by ',
    )
  } finally {
    await blocker.end()
  }
})

test('names that look like markup stay names, in every verb', async () => {
  await using project = await createProject({
    '1_init/migration.sql': INIT,
    [`${HOSTILE}/migration.sql`]: 'CREATE TABLE "<b>|`@octocat`" (id int);\nSELECT 1/0;',
  })
  await using db = await createDatabase()
  for (const verb of ['plan', 'deploy', 'status']) {
    const { stdout } = await migrate(project, db, [verb, '--markdown'])
    expect(stdout, verb).toContain('`2_a`<code>&#124;</code>``b `x` @octocat <img src=x>')
    for (const line of stdout.split('\n').filter(each => each.startsWith('|')))
      expect(line.split('|'), line).toHaveLength({ plan: 9, deploy: 9, status: 5 }[verb] ?? 0)
  }
})

test('a summary that cannot be written is a warning, and the exit code stays', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await using db = await createDatabase()
  await mkdir(join(project.directory, 'folder'))
  await writeFile(join(project.directory, 'full.md'), 'x'.repeat(1_000_000))
  for (const file of ['folder', 'missing/summary.md', 'full.md']) {
    const result = await migrate(project, db, ['deploy', '--summary', file])
    expect(result).toMatchObject({ exit: 0, stderr: expect.stringContaining('"summary.unwritten"') })
  }
  expect((await summaryOf(project, 'full.md')).length).toBe(1_000_000)
})

test('a report has one form, and verbs without Markdown do not offer it', async () => {
  expect(await cli(['migrate', 'deploy', '--json', '--markdown'])).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('a report is printed in one form'),
  })
  expect(await cli(['doctor', '--markdown'])).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('--markdown'),
  })
})

test('a deploy of more steps than a page can take keeps within the page, with the failure on it', async () => {
  const values = Array.from({ length: 9000 }, (_, index) => `SELECT ${index} AS "${'é'.repeat(60)}";`)
  await using project = await createProject({
    '1_init/migration.sql': 'SELECT 1;',
    '1_init/extra.sql': `SELECT 1/0;\n${values.join('\n')}`,
  })
  await using db = await createDatabase()
  const failed = await migrate(project, db, ['deploy', '--markdown'])
  expect(failed.exit).toBe(4)
  expect(Buffer.byteLength(failed.stdout)).toBeLessThan(1_048_576)
  expect(failed.stdout.includes('| ✖ failed | `1_init/extra.sql:1` |')).toBe(true)
  expect(/\n[\d,]+ rows left out for want of room/.test(failed.stdout)).toBe(true)
})
