import { describe, expect, test } from 'vitest'
import { lockFacts } from './lock-facts.ts'
import { namedRelations } from './locks/named-relations.ts'
import { afterStatement } from './locks/plan-changes.ts'
import { type KnownRelation, plainRelation, relationKey, type TableFacts } from './locks/table-facts.ts'
import { parseScript } from './parse.ts'

async function statementsOf(script: string) {
  const parsed = await parseScript(script)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.statements
}

/** `relation: mode / blocks / rewrite / scan` of the last statement, the others having run before it. */
async function factsOf(script: string, known?: TableFacts, major = 18): Promise<string[]> {
  const statements = await statementsOf(script)
  let facts = known
  for (const each of statements.slice(0, -1)) facts = facts && afterStatement(facts, each)
  const last = statements.at(-1)
  return (last ? lockFacts(last, major, facts) : []).map(
    ({ relation, mode, blocks, rewrite, scan, isNew }) =>
      `${relation?.name ?? '?'}: ${isNew ? 'new' : mode} / ${blocks} / ${rewrite} / ${scan}`,
  )
}

const relation = (name: string, more: Partial<KnownRelation> = {}) =>
  plainRelation({ schema: 'public', name }, more)

const facts = (...relations: KnownRelation[]): TableFacts => ({
  searchPath: ['public'],
  timeZoneIsUtc: true,
  relations: new Map(relations.map(each => [relationKey(each), each])),
  types: new Map(),
})

const column = (type: string) => ({
  type,
  notNull: false,
  isChecked: false,
  isIndexed: false,
  collation: undefined,
})

describe('without a catalogue', () => {
  test.each([
    ['DO $$ BEGIN END $$', ['?: unknown / unknown / unknown / unknown']],
    ['CALL p()', ['?: unknown / unknown / unknown / unknown']],
    ['SELECT somebody.wrote_it()', ['?: unknown / unknown / unknown / unknown']],
    ['IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y', ['?: unknown / unknown / unknown / unknown']],
    ['ALTER DOMAIN d ADD CHECK (VALUE > 0)', ['?: unknown / unknown / unknown / unknown']],
    ['DROP TYPE m CASCADE', ['?: unknown / unknown / unknown / unknown']],
    ['DROP TYPE m', []],
    ["SELECT set_config('a.b', lower('C'), false)", []],
    ['ALTER TABLE t ADD COLUMN c "Role"', ['t: ACCESS EXCLUSIVE / reads and writes / unknown / unknown']],
    [
      'ALTER TABLE t ADD COLUMN c int DEFAULT mine()',
      ['t: ACCESS EXCLUSIVE / reads and writes / unknown / unknown'],
    ],
    ['ALTER TABLE t ALTER COLUMN c SET NOT NULL', ['t: ACCESS EXCLUSIVE / reads and writes / no / unknown']],
    [
      'ALTER TABLE t ALTER COLUMN c TYPE bigint',
      [
        't: ACCESS EXCLUSIVE / reads and writes / unknown / unknown',
        '?: unknown / unknown / unknown / unknown',
      ],
    ],
    ['DROP INDEX i', ['?: ACCESS EXCLUSIVE / reads and writes / no / no']],
    [
      'DROP TABLE t',
      ['t: ACCESS EXCLUSIVE / reads and writes / no / no', '?: unknown / unknown / unknown / unknown'],
    ],
    [
      'ALTER TABLE t DROP CONSTRAINT c',
      ['t: ACCESS EXCLUSIVE / reads and writes / no / no', '?: unknown / unknown / unknown / unknown'],
    ],
    ['UPDATE t SET a = 1', ['t: ROW EXCLUSIVE / nothing / no / yes']],
    ['ANALYZE', ['?: SHARE UPDATE EXCLUSIVE / nothing / no / no']],
  ])('%s is known as far as its text tells', async (sql, expected) => {
    expect(await factsOf(sql)).toEqual(expected)
  })

  test('GRANT locks the table on 18 only', async () => {
    expect(await factsOf('GRANT SELECT ON t TO PUBLIC', undefined, 17)).toEqual([])
    expect(await factsOf('GRANT SELECT ON t TO PUBLIC', undefined, 18)).toEqual([
      't: ACCESS SHARE / nothing / no / no',
    ])
  })

  test('several commands are one lock: the strongest', async () => {
    expect(await factsOf('ALTER TABLE t VALIDATE CONSTRAINT c, ADD UNIQUE (a)')).toContain(
      't: ACCESS EXCLUSIVE / reads and writes / no / yes',
    )
  })
})

describe('along a plan', () => {
  test.each([
    ['CREATE TABLE n (id int); CREATE INDEX i ON n (id)', ['n: new / nothing / no / yes']],
    ['CREATE TABLE n (id int); CREATE INDEX i ON n (id); DROP INDEX i', ['n: new / nothing / no / no']],
    ['CREATE TABLE n (id int); ALTER TABLE n RENAME TO m; TRUNCATE m', ['m: new / nothing / no / no']],
    [
      'CREATE TABLE n (id int); ALTER TABLE n ADD FOREIGN KEY (id) REFERENCES t',
      ['n: new / nothing / no / no', 't: SHARE ROW EXCLUSIVE / writes / no / no'],
    ],
    [
      'CREATE TABLE n (id int); INSERT INTO n SELECT 1; ALTER TABLE n ADD FOREIGN KEY (id) REFERENCES t',
      ['n: new / nothing / no / yes', 't: SHARE ROW EXCLUSIVE / writes / no / yes'],
    ],
    [
      'ALTER TABLE t RENAME TO old; CREATE TABLE t (id int); DROP TABLE old',
      ['old: ACCESS EXCLUSIVE / reads and writes / no / no'],
    ],
    [
      "CREATE TYPE m AS ENUM ('a'); ALTER TABLE t ADD COLUMN x m",
      ['t: ACCESS EXCLUSIVE / reads and writes / no / no'],
    ],
    [
      'CREATE DOMAIN d AS int CHECK (VALUE > 0); ALTER TABLE t ADD COLUMN x d',
      ['t: ACCESS EXCLUSIVE / reads and writes / yes / yes'],
    ],
    [
      'ALTER TABLE t ADD CONSTRAINT p CHECK (a IS NOT NULL); ALTER TABLE t ALTER a SET NOT NULL',
      ['t: ACCESS EXCLUSIVE / reads and writes / no / no'],
    ],
    [
      'ALTER TABLE t ADD CONSTRAINT p CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t ALTER a SET NOT NULL',
      ['t: ACCESS EXCLUSIVE / reads and writes / no / yes'],
    ],
    [
      'ALTER TABLE t ADD CONSTRAINT p CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT p; ALTER TABLE t ALTER a SET NOT NULL',
      ['t: ACCESS EXCLUSIVE / reads and writes / no / no'],
    ],
    // What an earlier statement changed is not known any more, and is not guessed.
    [
      'ALTER TABLE t ALTER s TYPE text; ALTER TABLE t ALTER s TYPE varchar(9)',
      ['t: ACCESS EXCLUSIVE / reads and writes / unknown / unknown'],
    ],
    ['ALTER TABLE t ALTER at TYPE timestamptz', ['t: ACCESS EXCLUSIVE / reads and writes / no / no']],
    [
      "SET TimeZone = 'Asia/Tokyo'; ALTER TABLE t ALTER at TYPE timestamptz",
      ['t: ACCESS EXCLUSIVE / reads and writes / yes / yes'],
    ],
    [
      "SELECT pg_catalog.set_config('search_path', '', false); DROP TABLE public.t",
      ['t: ACCESS EXCLUSIVE / reads and writes / no / no'],
    ],
  ])('%s', async (script, expected) => {
    const t = relation('t', {
      columns: new Map([
        ['a', column('integer')],
        ['s', column('character varying(20)')],
        ['at', column('timestamp without time zone')],
      ]),
    })
    expect(await factsOf(script, facts(t))).toEqual(expected)
  })

  test('a partitioned table passes its locks on to its partitions, and is not read itself', async () => {
    const known = facts(
      relation('p', { kind: 'partitioned', children: [{ schema: 'public', name: 'p1' }] }),
      relation('p1'),
    )
    expect(await factsOf('ALTER TABLE p ALTER a SET NOT NULL', known)).toEqual([
      'p: ACCESS EXCLUSIVE / reads and writes / no / no',
      'p1: ACCESS EXCLUSIVE / reads and writes / no / yes',
    ])
    expect(await factsOf('CREATE INDEX CONCURRENTLY i ON p (a)', known)).toEqual([
      'p: SHARE / writes / no / no',
      'p1: SHARE UPDATE EXCLUSIVE / nothing / no / yes',
    ])
  })
})

test('every relation that a statement may mean is named', async () => {
  const names = async (sql: string) =>
    namedRelations(await statementsOf(sql)).map(({ schema, name }) => (schema ? `${schema}.${name}` : name))
  expect(await names('DROP TABLE a, s.b')).toEqual(expect.arrayContaining(['a', 's.b']))
  expect(await names("COMMENT ON COLUMN s.t.c IS ''")).toContain('s.t')
  expect(await names('DROP TRIGGER g ON t')).toContain('t')
  expect(await names('ALTER TABLE t ADD PRIMARY KEY USING INDEX i')).toEqual(
    expect.arrayContaining(['t', 'i']),
  )
  expect(await names('WITH c AS (SELECT 1 FROM x) INSERT INTO y SELECT * FROM c')).toEqual(
    expect.arrayContaining(['x', 'y']),
  )
})
