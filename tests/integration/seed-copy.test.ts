import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../runner/postgres/connect.ts'
import { copyRows } from '../../runner/seed/copy-rows.ts'
import type { CopyValue } from '../../runner/seed/copy-text.ts'
import { withKeysCheckedAtOnce } from '../../runner/seed/keys-at-once.ts'
import { createDatabase, type TestDatabase } from '../harness/postgres.ts'
import { connectTo } from './seed-database.ts'

let database: TestDatabase
let connection: Connection
beforeAll(async () => {
  database = await createDatabase()
  connection = await connectTo(database.url)
  await connection.run(`
    CREATE TABLE "odd ""name" (place int, "a ""column" text, b text);
    CREATE TABLE parent (id int PRIMARY KEY, other int, UNIQUE (id, other));
    CREATE TABLE child (parent_id int REFERENCES parent, other int,
                        FOREIGN KEY (parent_id, other) REFERENCES parent (id, other))`)
})
afterAll(async () => {
  await connection.close()
  await database[Symbol.asyncDispose]()
})
beforeEach(() => connection.run('TRUNCATE "odd ""name", parent, child'))

const signal = new AbortController().signal
const odd = { table: 'odd "name', columns: ['place', 'a "column', 'b'] }
const copy = (rows: Iterable<readonly CopyValue[]> | AsyncIterable<readonly CopyValue[]>) =>
  copyRows(connection, { ...odd, rows, signal })
const count = async () =>
  (await connection.row<{ rows: number }>('SELECT count(*)::int AS rows FROM "odd ""name"')).rows

/** Any text Postgres can store: Unicode without zero bytes and without half characters. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }).map(text => text.toWellFormed().replaceAll('\0', '')),
  fc.constantFrom(
    '\\.',
    '\\N',
    '\\',
    '\\\\',
    '\t',
    '\n',
    '\r\n',
    '\\t',
    '',
    'NULL',
    '\u2028',
    '😀',
    '\b\f\v',
  ),
)

test('every text arrives as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(hostile, fc.option(hostile)), { maxLength: 50 }), async pairs => {
      await connection.run('TRUNCATE "odd ""name"')
      expect(await copy(pairs.map(([a, b], place) => [place, a, b]))).toBe(pairs.length)
      const rows = await connection.rows<{ a: string; b: string | null }>(
        'SELECT "a ""column" AS a, b FROM "odd ""name" ORDER BY place',
      )
      expect(rows.map(row => [row.a, row.b])).toEqual(pairs)
    }),
    { numRuns: 150 },
  )
})

test('no rows are no rows', async () => {
  expect(await copy([])).toBe(0)
})

test('rows may come from a source that waits', async () => {
  async function* slow() {
    for (let place = 0; place < 3; place++) {
      await new Promise(resolve => setTimeout(resolve, 1))
      yield [place, 'a', null]
    }
  }
  expect(await copy(slow())).toBe(3)
})

test('a row the server refuses takes all of them back, and the session can be used on', async () => {
  const rows = [
    [1, 'a', null],
    ['not a number', 'b', null],
  ]
  await expect(copy(rows)).rejects.toMatchObject({ code: '22P02' })
  expect(await count()).toBe(0)
})

test('a source that fails takes all of them back, and its error is the one that is thrown', async () => {
  function* failing() {
    for (let place = 0; place < 10_000; place++) yield [place, 'a', null]
    throw new RangeError('no more')
  }
  await expect(copy(failing())).rejects.toThrow('no more')
  expect(await count()).toBe(0)
})

test('an abort stops an endless source, keeps nothing, and throws its reason', async () => {
  const controller = new AbortController()
  let given = 0
  function* endless() {
    for (;;) yield [given++, 'x'.repeat(100), null]
  }
  const reason = new Error('enough')
  const onProgress = (rows: number) => rows > 50_000 && controller.abort(reason)
  await expect(
    copyRows(connection, { ...odd, rows: endless(), signal: controller.signal, onProgress }),
  ).rejects.toBe(reason)
  expect(await count()).toBe(0)
})

test('rows are made no faster than the server takes them', async () => {
  await using holder = await connectTo(database.url)
  await holder.run('BEGIN; LOCK TABLE "odd ""name"')
  const controller = new AbortController()
  let given = 0
  function* endless() {
    for (;;) yield [given++, 'x'.repeat(1000), null]
  }
  const copying = copyRows(connection, { ...odd, rows: endless(), signal: controller.signal })
  await new Promise(resolve => setTimeout(resolve, 300))
  const whileWaiting = given
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(given).toBe(whileWaiting)
  expect(given).toBeLessThan(1000)
  const ended = expect(copying).rejects.toThrow('enough')
  controller.abort(new Error('enough'))
  await holder.run('ROLLBACK')
  await ended
})

test('progress counts every row once', async () => {
  const seen: number[] = []
  const rows = Array.from({ length: 5000 }, (_, place) => [place, 'x'.repeat(100), null])
  await copyRows(connection, { ...odd, rows, signal, onProgress: done => seen.push(done) })
  expect(seen.at(-1)).toBe(5000)
  expect(seen.toSorted((a, b) => a - b)).toEqual(seen)
  expect(seen.length).toBeGreaterThan(5)
})

test('keys checked at once find a row that refers to nothing, and nothing of it stays', async () => {
  const add = (rows: readonly CopyValue[][]) =>
    connection.transaction(() =>
      withKeysCheckedAtOnce(connection, 'child', () =>
        copyRows(connection, { table: 'child', columns: ['parent_id', 'other'], rows, signal }),
      ),
    )
  await connection.run('INSERT INTO parent VALUES (1, 1), (2, 2)')
  expect(
    await add([
      [1, 1],
      [2, null],
      [null, null],
      [null, 7],
    ]),
  ).toBe(4)
  await expect(
    add([
      [1, 1],
      [3, null],
    ]),
  ).rejects.toMatchObject({ code: 'statement-failed' })
  await expect(add([[1, 2]])).rejects.toMatchObject({ code: 'statement-failed' })
  expect(await connection.rows('SELECT 1 FROM child')).toHaveLength(4)
  // The session checks as ever afterwards.
  await expect(connection.run('INSERT INTO child VALUES (9, 9)')).rejects.toMatchObject({ code: '23503' })
})

test('keys are checked row by row where a trigger would be switched off with the checks', async () => {
  await connection.run(`
    CREATE TABLE heard (n int);
    CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO heard VALUES (1); RETURN NULL; END';
    CREATE TRIGGER hear AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION hear();
    INSERT INTO parent VALUES (1, 1)`)
  await connection.transaction(() =>
    withKeysCheckedAtOnce(connection, 'child', () =>
      copyRows(connection, { table: 'child', columns: ['parent_id', 'other'], rows: [[1, 1]], signal }),
    ),
  )
  expect(await connection.rows('SELECT 1 FROM heard')).toHaveLength(1)
})
