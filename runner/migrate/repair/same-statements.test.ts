import { expect, test } from 'vitest'
import { parseScript } from '../../sql/parse.ts'
import { changeOf, commonBeginning, isUnchanged, nameStatements } from './same-statements.ts'

async function statementsOf(sql: string) {
  const parsed = await parseScript(sql)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.statements
}

const changed = async (before: string, now: string) =>
  changeOf(await statementsOf(before), await statementsOf(now))

test('comments, white space, the case of keywords and names for types change nothing', async () => {
  const before =
    'CREATE TABLE a (id int, b text[] DEFAULT ARRAY[$$x$$]);SELECT 1 WHERE 1 IN (1,2);SET x.y = 1'
  const now = `-- why
    create table  a (id integer, -- here
      b text [] DEFAULT ARRAY[ 'x' ]);
    SELECT 1 WHERE 1 IN ( 1, 2 ) ;
    SET x.y TO 1;`
  expect(isUnchanged(await changed(before, now))).toBe(true)
})

test('a constant, a name or an order that is another is a change', async () => {
  for (const [before, now] of [
    ["INSERT INTO a VALUES ('x')", "INSERT INTO a VALUES ('y')"],
    ['SELECT 0', 'SELECT 1'],
    ['SELECT 1 AS "A"', 'SELECT 1 AS a'],
    ['CREATE TABLE a (); CREATE TABLE b ()', 'CREATE TABLE b (); CREATE TABLE a ()'],
  ] as const)
    expect(isUnchanged(await changed(before, now)), now).toBe(false)
})

test('only what lies between the common beginning and the common end is a change', async () => {
  const { gone, added } = await changed(
    'CREATE TABLE a ();\nUPDATE a SET x = 1;\nDROP TABLE c;',
    'CREATE TABLE a ();\n\nCREATE TABLE b ();\nDROP TABLE c;',
  )
  expect(nameStatements(gone)).toBe('line 2, UPDATE a SET x = 1')
  expect(nameStatements(added)).toBe('line 3, CREATE TABLE b ()')
  const twice = await changed('SELECT 1; SELECT 1', 'SELECT 1; SELECT 1; SELECT 1')
  expect([twice.gone.length, twice.added.length]).toEqual([0, 1])
})

test('the common beginning ends at the first statement that was edited or is missing', async () => {
  const ran = await statementsOf('SELECT 1; SELECT 2; SELECT 3')
  expect(commonBeginning(ran, await statementsOf('SELECT 1; SELECT 4; SELECT 3'))).toBe(1)
  expect(commonBeginning(ran, await statementsOf('SELECT 1; SELECT 2'))).toBe(2)
  expect(commonBeginning(ran, await statementsOf('SELECT 1; SELECT 2; SELECT 3; SELECT 4'))).toBe(3)
})
