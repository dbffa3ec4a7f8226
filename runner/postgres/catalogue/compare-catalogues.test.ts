import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byId, type Catalogue, type CatalogueObject, nameParts } from './catalogue.ts'
import { compareCatalogues } from './compare-catalogues.ts'

const object = (
  kind: string,
  name: string,
  attributes: CatalogueObject['attributes'] = {},
  rest: Partial<CatalogueObject> = {},
): CatalogueObject => ({ kind, name, of: null, attributes, notes: {}, ...rest })

const catalogue = (...objects: CatalogueObject[]): Catalogue => ({
  schemas: ['public'],
  objects: objects.sort(byId),
})

const names = (expected: Catalogue, live: Catalogue) =>
  compareCatalogues(expected, live).differences.map(({ kind, object, attribute }) =>
    attribute ? `${kind} ${object}: ${attribute}` : `${kind} ${object}`,
  )

const users = object('table', 'public.users', { rowSecurity: 'enabled' }, { notes: { owner: 'app' } })
const email = object(
  'column',
  'public.users.email',
  { type: 'text', nullable: false },
  { of: 'table public.users' },
)
const mood = object('enum', 'public.mood', { labels: ['sad', 'ok'] })

const anyObject = fc.record({
  kind: fc.constantFrom('table', 'index', 'grant', 'extension'),
  name: fc.string({ minLength: 1, maxLength: 4 }),
  of: fc.option(fc.constantFrom('table a', 'table b'), { nil: null }),
  attributes: fc.dictionary(
    fc.constantFrom('definition', 'valid', 'labels'),
    fc.oneof(fc.string(), fc.boolean(), fc.array(fc.string())),
  ),
  notes: fc.constant({}),
})
const anyCatalogue = fc
  .uniqueArray(anyObject, { selector: ({ kind, name }) => `${kind} ${name}` })
  .map(objects => catalogue(...objects))

describe('comparing catalogues', () => {
  test('a catalogue does not differ from itself, nor from a copy of it in another order', () => {
    fc.assert(
      fc.property(anyCatalogue, one => {
        const copy: Catalogue = {
          ...structuredClone(one),
          objects: structuredClone(one.objects).toReversed(),
        }
        expect(compareCatalogues(one, copy)).toEqual({ differences: [], notes: [] })
      }),
    )
  })

  test('what is missing one way round is extra the other way round, apart from what is only noted', () => {
    fc.assert(
      fc.property(anyCatalogue, anyCatalogue, (one, other) => {
        const compared = ({ objects }: Catalogue) => objects.filter(({ kind }) => kind !== 'extension')
        const [a, b] = [catalogue(...compared(one)), catalogue(...compared(other))]
        const swap = { missing: 'extra', extra: 'missing', changed: 'changed' } as const
        const back = compareCatalogues(b, a).differences.map(({ kind, object }) => `${swap[kind]} ${object}`)
        const forth = compareCatalogues(a, b).differences.map(({ kind, object }) => `${kind} ${object}`)
        expect(back.sort()).toEqual(forth.sort())
      }),
    )
  })

  test('a changed attribute is named with both values; one that is not there is null', () => {
    const live = catalogue({ ...email, attributes: { type: 'text', nullable: true, default: "''" } }, users)
    expect(compareCatalogues(catalogue(email, users), live).differences).toEqual([
      {
        kind: 'changed',
        object: 'column public.users.email',
        attribute: 'default',
        expected: null,
        found: "''",
      },
      {
        kind: 'changed',
        object: 'column public.users.email',
        attribute: 'nullable',
        expected: false,
        found: true,
      },
    ])
  })

  test('the order of the values of an enum counts', () => {
    const live = catalogue({ ...mood, attributes: { labels: ['ok', 'sad'] } })
    expect(names(catalogue(mood), live)).toEqual(['changed enum public.mood: labels'])
  })

  test('a missing or extra table is one difference, however deep things lie below it', () => {
    const sequence = object('sequence', 'public.users_id_seq', {}, { of: 'column public.users.email' })
    const grant = object('grant', 'x', { grantee: 'x' }, { of: 'sequence public.users_id_seq' })
    const whole = catalogue(users, email, sequence, grant, mood)
    expect(names(whole, catalogue(mood))).toEqual(['missing table public.users'])
    expect(names(catalogue(mood), whole)).toEqual(['extra table public.users'])
    expect(names(whole, catalogue(users, mood))).toEqual(['missing column public.users.email'])
  })

  test('a grant to the role that owns the object there says nothing', () => {
    const grant = object(
      'grant',
      'table public.users to app',
      { grantee: 'app', privileges: ['SELECT'] },
      { of: 'table public.users' },
    )
    const ofAnother = { ...users, notes: { owner: 'postgres' } }
    expect(names(catalogue(ofAnother, grant), catalogue(users))).toEqual([])
    expect(names(catalogue(ofAnother, grant), catalogue(ofAnother))).toEqual([
      'missing grant table public.users to app',
    ])
  })

  test('an additional extension is noted; a missing one is a difference; another version is noted', () => {
    const trigrams = (version: string) =>
      object('extension', 'pg_trgm', { schema: 'public' }, { notes: { version } })
    expect(compareCatalogues(catalogue(), catalogue(trigrams('1.6')))).toEqual({
      differences: [],
      notes: [expect.stringContaining('extension pg_trgm 1.6')],
    })
    expect(names(catalogue(trigrams('1.6')), catalogue())).toEqual(['missing extension pg_trgm'])
    expect(compareCatalogues(catalogue(trigrams('1.6')), catalogue(trigrams('1.5')))).toEqual({
      differences: [],
      notes: ['extension pg_trgm is 1.5; the shadow has 1.6'],
    })
  })
})

test.each([
  ['public.users.email', ['public', 'users', 'email']],
  ['public."My.Table"."a ""b"""', ['public', '"My.Table"', '"a ""b"""']],
])('the parts of %s', (name, parts) => {
  expect(nameParts(name)).toEqual(parts)
})
