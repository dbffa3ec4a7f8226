import { describe, expect, test } from 'vitest'
import type { CatalogueObject } from '../../postgres/catalogue/catalogue.ts'
import type { Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { catalogueOf, changedFiles, differingObjects, formatManifest, toManifest } from './manifest.ts'
import { remedyFor } from './remedy.ts'
import { foreignRoles } from './shadow-roles.ts'

const view = (definition: string): CatalogueObject => ({
  kind: 'view',
  name: 'public.v',
  of: null,
  attributes: { definition },
  notes: {},
})
const table: CatalogueObject = { kind: 'table', name: 'public.t', of: null, attributes: {}, notes: {} }
const of = (...objects: CatalogueObject[]) => ({ schemas: ['public'], objects })

describe('a manifest', () => {
  const catalogues = new Map([
    [18, of({ ...table, notes: { owner: 'howdah' } }, view('SELECT a'))],
    [15, of(table, view('SELECT t.a'))],
    [16, of(table, view('SELECT a'))],
  ])
  const manifest = toManifest('public', { '1_a/migration.sql': 'x' }, catalogues)

  test('gives each major version back what it was made from', () => {
    expect(catalogueOf(manifest, 15).objects).toEqual([table, view('SELECT t.a')])
    expect(catalogueOf(manifest, 16).objects).toEqual([table, view('SELECT a')])
    expect(catalogueOf(manifest, 18).objects).toEqual([table, view('SELECT a')])
  })

  test('says once what is alike everywhere, and names what is not', () => {
    expect(manifest.objects).toHaveLength(3)
    expect(manifest.objects.map(({ majors }) => majors)).toEqual([undefined, [15], [16, 18]])
    expect(differingObjects(manifest)).toEqual(['view public.v'])
  })

  test('is JSON with one object a line, and the same text whatever order the versions came in', () => {
    const text = formatManifest(manifest)
    expect(JSON.parse(text)).toEqual(manifest)
    expect(text.split('\n').filter(line => line.includes('"kind"'))).toHaveLength(3)
    const turned = toManifest('public', manifest.files, new Map([...catalogues].reverse()))
    expect(formatManifest(turned)).toBe(text)
  })

  test('is stale when a file was edited, added or taken away', () => {
    expect(changedFiles(manifest, { '1_a/migration.sql': 'x' })).toEqual([])
    expect(changedFiles(manifest, { '1_a/migration.sql': 'y' })).toEqual(['1_a/migration.sql'])
    expect(changedFiles(manifest, { '1_a/migration.sql': 'x', '1_a/extra.sql': 'z' })).toEqual([
      '1_a/extra.sql',
    ])
    expect(changedFiles(manifest, {})).toEqual(['1_a/migration.sql'])
  })
})

describe('the SQL that puts things right', () => {
  const changed = (object: string, attribute: string, expected: Difference['expected']): Difference => ({
    kind: 'changed',
    object,
    attribute,
    expected,
    found: null,
  })
  const missing = (object: string, definition: string): Difference => ({
    kind: 'missing',
    object,
    expected: { definition },
    found: null,
  })
  const extra = (object: string): Difference => ({ kind: 'extra', object, expected: null, found: {} })

  test.each([
    [
      missing('index public.t.i', 'CREATE UNIQUE INDEX i ON public.t USING btree (a)'),
      'CREATE UNIQUE INDEX CONCURRENTLY i ON public.t USING btree (a)',
    ],
    [
      missing('index public.t.i', 'CREATE INDEX i ON ONLY public.t USING btree (a)'),
      'CREATE INDEX i ON public.t USING btree (a)',
    ],
    [
      missing('constraint public.t.c', 'CHECK ((a > 0))'),
      'ALTER TABLE public.t ADD CONSTRAINT c CHECK ((a > 0)) NOT VALID',
    ],
    [missing('function public.f()', 'CREATE OR REPLACE FUNCTION'), undefined],
    [extra('index public."My.T"."i 1"'), 'DROP INDEX CONCURRENTLY public."i 1"'],
    [extra('policy public.t.p'), 'DROP POLICY p ON public.t'],
    [extra('column public.t.a'), undefined],
    [changed('index public.t.i', 'valid', true), 'REINDEX INDEX CONCURRENTLY public.i'],
    [changed('constraint public.t.c', 'validated', true), 'ALTER TABLE public.t VALIDATE CONSTRAINT c'],
    [
      changed('column public.t."A"', 'default', "'x'"),
      `ALTER TABLE public.t ALTER COLUMN "A" SET DEFAULT 'x'`,
    ],
    [changed('column public.t.a', 'default', null), 'ALTER TABLE public.t ALTER COLUMN a DROP DEFAULT'],
    [changed('table public.t', 'rowSecurity', 'enabled'), 'ALTER TABLE public.t ENABLE ROW LEVEL SECURITY'],
    [changed('column public.t.a', 'type', 'text'), undefined],
  ])('%o', (difference, sql) => {
    expect(remedyFor(difference)).toBe(sql)
  })
})

test('roles a history speaks of and does not make are found, in grants, policies and memberships', async () => {
  const script = `CREATE ROLE made; GRANT SELECT ON t TO reader, made, PUBLIC, CURRENT_USER;
    CREATE POLICY p ON t TO "My Role"; ALTER TABLE t OWNER TO owner; GRANT monitor TO reader;
    ALTER DEFAULT PRIVILEGES FOR ROLE deployer GRANT SELECT ON TABLES TO later;`
  expect(await foreignRoles([script, 'not SQL at all'])).toEqual([
    'My Role',
    'deployer',
    'later',
    'monitor',
    'owner',
    'reader',
  ])
})
