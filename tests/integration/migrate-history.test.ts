import { describe, expect, test } from 'vitest'
import { Secret } from '../../runner/core/secret.ts'
import { readRecords } from '../../runner/migrate/history/prisma-history.ts'
import { connect } from '../../runner/postgres/connect.ts'
import { type OptionalQuery, readOneByOne, readOptionalRows } from '../../runner/postgres/optional-rows.ts'
import { cli } from '../harness/cli.ts'
import { deploy, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, type TestDatabase } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

const open = ({ url }: TestDatabase) =>
  connect({ url: new Secret(url), setting: 'databaseUrl', applicationName: 'test', connectTimeoutMs: 5000 })

describe.each(MAJORS)('on Postgres %i', major => {
  test('history and ledger come in one round trip, with or without either', async () => {
    await using db = await createDatabase({ major })
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '1_init/extra.sql': 'SELECT 1;',
    })
    await using connection = await open(db)
    let statements = 0
    const { client } = connection
    const send = client.query.bind(client)
    client.query = ((...args: Parameters<typeof send>) => {
      statements++
      return send(...args)
    }) as typeof client.query
    expect(await readRecords(connection)).toEqual({ history: { rows: undefined, otherTables: 0 }, steps: [] })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const { history, steps } = await readRecords(connection)
    expect(statements).toBe(2)
    expect(history.otherTables).toBe(1)
    expect(history.rows).toEqual([
      expect.objectContaining({
        name: '1_init',
        startedAt: expect.any(Date),
        finishedAt: expect.any(Date),
        rolledBackAt: null,
      }),
    ])
    expect(steps.map(({ file, state }) => `${file} ${state}`)).toEqual([
      'migration.sql applied',
      'extra.sql applied',
    ])
  })

  test('text arrives as it was written, whatever XML or JSON mean by it, and the same without XML', async () => {
    await using db = await createDatabase({ major })
    const strange = [`<rows>&amp;</rows> "'\\ \t\r\n\u0001 é 🐘`, '', '</rows>', ']]>', '{"a":1}']
    await execute(db.url, 'CREATE TABLE strange (id int, value text)')
    await using connection = await open(db)
    for (const [id, value] of strange.entries())
      await connection.run('INSERT INTO strange VALUES ($1, $2)', [id, value])
    const of = (table: string): OptionalQuery => ({
      schema: 'public',
      table,
      select: `SELECT value, 'it''s' AS quoted FROM ${table} ORDER BY id`,
    })
    const expected = [undefined, strange.map(value => ({ value, quoted: "it's" })), undefined]
    const queries = [of('missing'), of('strange'), { ...of('strange'), schema: 'nowhere' }]
    expect(await readOptionalRows(connection, queries)).toEqual(expected)
    expect(await readOneByOne(connection, queries)).toEqual(expected)
  })
})

describe('a database that Prisma 8 has taken over', () => {
  const TAKEN = ['CREATE SCHEMA prisma_contract', 'CREATE TABLE prisma_contract.marker (id smallint)']

  test.each([
    ['status'],
    ['deploy'],
    ['deploy', '--dry-run'],
    ['baseline'],
    ['resolve', '--applied', '1_init'],
    ['resolve', '--rolled-back', '1_init'],
  ])('is refused by migrate %s %s', async (...verb) => {
    await using db = await createDatabase()
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await execute(db.url, ...TAKEN)
    const result = await cli(['migrate', ...verb], { cwd: project.directory, env: { DATABASE_URL: db.url } })
    expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining('error[history-of-prisma-8]') })
  })

  test('is not one that merely has a schema of that name', async () => {
    await using db = await createDatabase()
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await execute(db.url, 'CREATE SCHEMA prisma_contract')
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })
})
