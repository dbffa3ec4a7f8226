import { expect, test } from 'vitest'
import { plainRelation, relationKey, type TableFacts } from '../../sql/locks/table-facts.ts'
import { readScript } from '../plan/script.ts'
import { type DiskFacts, diskNeeds, totalNeed } from './disk-need.ts'

const MB = 1024 ** 2

const TABLE = { schema: 'app', name: 't' }
const column = (type: string) => ({
  type,
  notNull: false,
  isChecked: false,
  isIndexed: false,
  collation: undefined,
})

/** One table of a million rows and 100 MB. */
function facts(rows: number | null = 1_000_000): DiskFacts {
  const columns = new Map([
    ['id', column('integer')],
    ['name', column('text')],
  ])
  const relation = plainRelation(TABLE, { columns })
  const known: TableFacts = {
    searchPath: ['app'],
    timeZoneIsUtc: true,
    relations: new Map([[relationKey(TABLE), relation]]),
    types: new Map(),
  }
  return {
    major: 18,
    relations: {
      known,
      sizes: new Map([[relationKey(TABLE), { bytes: 100 * MB, rows, isEstimate: false }]]),
    },
    widths: new Map([
      [
        relationKey(TABLE),
        new Map([
          ['id', 4],
          ['name', 24],
        ]),
      ],
    ]),
  }
}

const needsOf = async (sql: string, known = facts()) => {
  const script = await readScript('1', 'extra.sql', sql)
  return diskNeeds([{ script, statements: script.statements }], known)
}

test.each([
  // (16 + width) bytes an entry, a million of them, in pages filled to 90 %; as much again to sort them.
  ['CREATE INDEX CONCURRENTLY i ON t (id)', 22_222_223, 22_222_223],
  ['CREATE UNIQUE INDEX i ON t (id) INCLUDE (name)', 48_888_889, 48_888_889],
  ['CREATE INDEX i ON t (lower(name))', 35_555_556, 35_555_556],
  ['ALTER TABLE app.t ADD CONSTRAINT u UNIQUE (name)', 44_444_445, 44_444_445],
  ['ALTER TABLE t ADD PRIMARY KEY (id)', 22_222_223, 22_222_223],
  ['CREATE INDEX i ON t USING gin (to_tsvector($$simple$$, name))', 100 * MB, 0],
  ['ALTER TABLE t ALTER id TYPE bigint', 0, 100 * MB],
  ['ALTER TABLE t ADD COLUMN u uuid DEFAULT gen_random_uuid()', 0, 100 * MB],
])('%s', async (sql, keptBytes, passingBytes) => {
  expect(await needsOf(sql)).toEqual([expect.objectContaining({ keptBytes, passingBytes })])
})

test.each([
  'CREATE TABLE n (id int); CREATE INDEX i ON n (id); ALTER TABLE n ALTER id TYPE bigint',
  'CREATE INDEX i ON elsewhere (id)',
  'CREATE INDEX i ON t USING brin (id)',
  'ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX u',
  'ALTER TABLE t ADD COLUMN n int DEFAULT 5; DROP INDEX i',
])('takes nothing: %s', async sql => {
  expect(await needsOf(sql)).toEqual([])
})

test('of a table never analysed an index may become as large as the table', async () => {
  expect(await needsOf('CREATE INDEX i ON t (id)', facts(null))).toEqual([
    expect.objectContaining({ keptBytes: 100 * MB }),
  ])
})

test('indexes add up; of what passes only the greatest counts', async () => {
  const needs = await needsOf(
    'CREATE INDEX i ON t (id);\n\nCREATE INDEX j ON t (id);\nALTER TABLE t ALTER id TYPE bigint;',
  )
  expect(needs.map(({ location }) => location)).toEqual([
    '1/extra.sql:1:1',
    '1/extra.sql:3:1',
    '1/extra.sql:4:1',
  ])
  expect(totalNeed(needs)).toBe(2 * 22_222_223 + 100 * MB)
  expect(totalNeed([])).toBe(0)
})
