import type { Major } from '../../harness/postgres.ts'
import { query } from '../../harness/postgres.ts'

/** One of each kind of object, their names beginning with a word. */
export const OBJECTS = (word: string): string[] => [
  `CREATE TABLE public.${word}_table (id serial PRIMARY KEY, name text, n int GENERATED ALWAYS AS IDENTITY)`,
  `CREATE VIEW public.${word}_view AS SELECT * FROM public.${word}_table`,
  `CREATE MATERIALIZED VIEW public.${word}_materialized AS SELECT * FROM public.${word}_table`,
  `CREATE TABLE public.${word}_partitioned (id int) PARTITION BY RANGE (id)`,
  `CREATE SEQUENCE public.${word}_sequence`,
  `CREATE FUNCTION public.${word}_function(int) RETURNS int LANGUAGE sql AS 'SELECT $1'`,
  `CREATE PROCEDURE public.${word}_procedure() LANGUAGE sql AS 'SELECT 1'`,
  `CREATE TYPE public.${word}_enum AS ENUM ('a')`,
  `CREATE DOMAIN public.${word}_domain AS text`,
  `CREATE TYPE public.${word}_composite AS (a int)`,
]

const TABLES = ['table', 'view', 'materialized', 'partitioned']
const SEQUENCES = ['sequence', 'table_id_seq', 'table_n_seq']
const ROUTINES = ['function(integer)', 'procedure()']

/** By role, then by object: the privileges it has, whichever way. */
export type Privileges = Record<string, Record<string, string[]>>

/** What the declaration gives, written down once more by hand. Whoever is nobody has nothing. */
export function wantedPrivileges(major: Major, words: readonly string[]): Privileges {
  const every = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
  const all = major >= 17 ? [...every, 'MAINTAIN'] : every
  const of = (
    table: string[],
    sequence: string[],
    routine: string[],
    schema: string[],
    ledger: string[],
    database: string[],
  ) => ({
    ...Object.fromEntries(
      words.flatMap(word => [
        ...TABLES.map(name => [`${word}_${name}`, table]),
        ...SEQUENCES.map(name => [`${word}_${name}`, sequence]),
        ...ROUTINES.map(name => [`${word}_${name}`, routine]),
      ]),
    ),
    'schema public': schema,
    'schema howdah': ledger,
    database,
  })
  const full = of(
    all,
    ['USAGE', 'SELECT', 'UPDATE'],
    ['EXECUTE'],
    ['USAGE', 'CREATE'],
    ['USAGE', 'CREATE'],
    ['CONNECT', 'CREATE', 'TEMPORARY'],
  )
  const nothing = of([], [], [], [], [], [])
  return {
    owner: full,
    migrator: full,
    application: of(
      ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
      ['USAGE', 'SELECT'],
      ['EXECUTE'],
      ['USAGE'],
      [],
      ['CONNECT'],
    ),
    readOnly: of(['SELECT'], ['SELECT'], [], ['USAGE'], [], ['CONNECT']),
    monitor: of([], ['SELECT'], [], ['USAGE'], ['USAGE'], ['CONNECT']),
    pooler: { ...nothing, database: ['CONNECT'] },
    bystander: nothing,
  }
}

/** What the server says each role may do. The master is whoever sets up, of which nothing is declared. */
export async function privilegesOf(
  url: string,
  { master, ...roles }: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<Privileges> {
  const rows = await query<{ role: string; object: string; privileges: string[] }>(
    url,
    `WITH role AS (SELECT * FROM jsonb_each_text($1) AS r (kind, name)),
     possible AS (
       SELECT c.relname::text AS object, p.privilege, r.kind, has_table_privilege(r.name, c.oid, p.privilege) AS has
         FROM pg_class c, role r, (SELECT DISTINCT privilege_type FROM aclexplode(acldefault('r', 10))) AS p (privilege)
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
       UNION ALL
       SELECT c.relname, p.privilege, r.kind, has_sequence_privilege(r.name, c.oid, p.privilege)
         FROM pg_class c, role r, unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS p (privilege)
        WHERE c.relnamespace = 'public'::regnamespace AND CASE c.relkind WHEN 'S' THEN true ELSE false END
       UNION ALL
       SELECT format('%s(%s)', f.proname, pg_get_function_identity_arguments(f.oid)), 'EXECUTE', r.kind, has_function_privilege(r.name, f.oid, 'EXECUTE')
         FROM pg_proc f, role r WHERE f.pronamespace = 'public'::regnamespace
       UNION ALL
       SELECT 'schema ' || n.nspname, p.privilege, r.kind, has_schema_privilege(r.name, n.oid, p.privilege)
         FROM pg_namespace n, role r, unnest(ARRAY['USAGE', 'CREATE']) AS p (privilege) WHERE n.nspname IN ('public', 'howdah')
       UNION ALL
       SELECT 'database', p.privilege, r.kind, has_database_privilege(r.name, current_database(), p.privilege)
         FROM role r, unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS p (privilege))
     SELECT kind AS role, object, coalesce(array_agg(privilege) FILTER (WHERE has), '{}') AS privileges FROM possible GROUP BY kind, object`,
    [roles],
  )
  const found: Privileges = {}
  const isAbout = (object: string) =>
    !/_(table|view|mat|part|seq|func|proc)/.test(object) || words.some(word => object.startsWith(`${word}_`))
  for (const { role, object, privileges } of rows.filter(row => isAbout(row.object))) {
    found[role] ??= {}
    found[role][object] = ORDER.filter(privilege => privileges.includes(privilege))
  }
  return found
}

const ORDER = [
  'USAGE',
  'CONNECT',
  'CREATE',
  'TEMPORARY',
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'TRUNCATE',
  'REFERENCES',
  'TRIGGER',
  'MAINTAIN',
  'EXECUTE',
]
