import { Client, escapeIdentifier, escapeLiteral } from 'pg'

/**
 * What a database holds, one line a fact, in a fixed order: two databases are equal where these are. Our own records and
 * Prisma's history are left out, and so is how far a sequence has counted, which no transaction takes back.
 */
export async function fingerprint(url: string): Promise<string[]> {
  const client = new Client(url)
  await client.connect()
  try {
    // Names are then qualified wherever they are printed.
    await client.query("SET search_path = ''; SET extra_float_digits = 1")
    const facts = await client.query<{ fact: string }>(CATALOGUE)
    const tables = await client.query<{ schema: string; name: string }>(TABLES)
    const rows = tables.rows.map(({ schema, name }) => {
      const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`
      return `SELECT concat_ws(' ', ${escapeLiteral(`rows of ${table}:`)}, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text))) AS fact FROM ONLY ${table} t`
    })
    const contents =
      rows.length > 0 ? await client.query<{ fact: string }>(rows.join(' UNION ALL ')) : undefined
    // The branches of a UNION ALL come in any order.
    const counted = (contents?.rows ?? []).map(({ fact }) => fact).sort()
    return [...facts.rows.map(({ fact }) => fact), ...counted]
  } finally {
    await client.end()
  }
}

/** The indexes Postgres marks INVALID or not ready, partitioned ones included. */
export const INVALID_INDEXES =
  'SELECT indexrelid::regclass::text AS index FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)'

const OURS = `(n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'howdah'))`
const NOT_HISTORY = `c.relname NOT LIKE '\\_prisma\\_migrations%'`

/** One query a kind of object. Object identifiers appear nowhere, since they differ between equal databases. */
const KINDS: Readonly<Record<string, string>> = {
  schema: `SELECT concat_ws(' ', n.nspname, n.nspowner::regrole, n.nspacl) FROM pg_namespace n WHERE ${OURS}`,
  relation: `
    SELECT concat_ws(' ', n.nspname, c.relname, c.relkind, c.relpersistence, c.relreplident, c.relowner::regrole, c.relacl,
                     c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.reltablespace,
                     pg_get_expr(c.relpartbound, c.oid),
                     CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
                     CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
                     CASE WHEN c.relkind = 'm' THEN c.relispopulated END)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND ${NOT_HISTORY}`,
  column: `
    SELECT concat_ws(' ', n.nspname, c.relname,
                     lpad((rank() OVER (PARTITION BY c.oid ORDER BY a.attnum))::text, 4, '0'), a.attname,
                     format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attstorage,
                     a.attcompression, a.attstattarget, a.attoptions, a.attacl, a.attcollation::regcollation,
                     pg_get_expr(d.adbin, d.adrelid))
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped AND ${OURS} AND ${NOT_HISTORY}`,
  constraint: `
    SELECT concat_ws(' ', n.nspname, coalesce(c.relname, t.typname), o.conname, o.contype, pg_get_constraintdef(o.oid),
                     o.convalidated, o.condeferrable, o.condeferred, o.conislocal, o.coninhcount)
      FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
      LEFT JOIN pg_class c ON c.oid = o.conrelid LEFT JOIN pg_type t ON t.oid = o.contypid
     WHERE ${OURS} AND coalesce(${NOT_HISTORY}, true)`,
  index: `
    SELECT concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready, i.indislive, i.indisclustered,
                     i.indisreplident, i.indisprimary)
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OURS} AND ${NOT_HISTORY}`,
  trigger: `
    SELECT concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND ${OURS}`,
  rule: `
    SELECT pg_get_ruledef(r.oid)
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}`,
  function: `
    SELECT concat_ws(' ', p.oid::regprocedure, p.proowner::regrole, p.proacl,
                     CASE WHEN p.prokind IN ('f', 'p') THEN md5(pg_get_functiondef(p.oid)) END)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OURS}`,
  type: `
    SELECT concat_ws(' ', n.nspname, t.typname, t.typtype, t.typnotnull, t.typdefault, t.typacl,
                     CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
                     (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE ${OURS} AND t.typname NOT LIKE '%\\_prisma\\_migrations'`,
  policy: `
    SELECT concat_ws(' ', p.polrelid::regclass, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[],
                     pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_policy p`,
  sequence: `
    SELECT concat_ws(' ', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
                     s.seqcache, s.seqcycle)
      FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}`,
  inheritance: "SELECT concat_ws(' ', inhrelid::regclass, inhparent::regclass, inhseqno) FROM pg_inherits",
  extension: `SELECT concat_ws(' ', extname, extversion) FROM pg_extension`,
  statistics: `
    SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${OURS}`,
  publication: `
    SELECT concat_ws(' ', p.pubname, p.puballtables, (SELECT string_agg(r.prrelid::regclass::text, ',') FROM pg_publication_rel r
      WHERE r.prpubid = p.oid)) FROM pg_publication p`,
  eventTrigger: `SELECT concat_ws(' ', evtname, evtevent, evtenabled, evtfoid::regproc) FROM pg_event_trigger`,
  collation: `
    SELECT concat_ws(' ', n.nspname, collname) FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace WHERE ${OURS}`,
  defaultPrivilege: `
    SELECT concat_ws(' ', defaclrole::regrole, nullif(defaclnamespace, 0)::regnamespace, defaclobjtype, defaclacl)
      FROM pg_default_acl`,
  setting: `
    SELECT concat_ws(' ', nullif(s.setrole, 0)::regrole, s.setconfig) FROM pg_db_role_setting s
      JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()`,
  comment: `
    SELECT concat_ws(' ', o.type, o.identity, d.description)
      FROM pg_description d, LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o
     WHERE coalesce(o.schema, 'public') NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'howdah')
       AND o.identity NOT LIKE 'howdah%' AND o.identity NOT LIKE 'pg\\_%' AND d.objoid > 16383`,
}

const CATALOGUE = `SELECT fact FROM (${Object.entries(KINDS)
  .map(([kind, text]) => `SELECT '${kind}: ' || f.fact AS fact FROM (${text}) AS f (fact)`)
  .join('\nUNION ALL\n')}) all_facts
ORDER BY fact COLLATE "C"`

const TABLES = `
  SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND ${OURS} AND ${NOT_HISTORY}
   ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`
