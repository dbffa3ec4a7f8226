import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** A few hundred sequences near their start are no news; the fullest are. */
const LEAST_RATIO = 0.3
const MOST = 20

/**
 * What ends first is the sequence or the column it feeds: `Int @id` of Prisma is an int4, whatever the sequence's own type.
 * A column feeds from the sequence it owns (serial, identity) and from one its default names (nextval).
 *
 * Reading needs SELECT or USAGE on each sequence. pg_monitor does not have it, and pg_sequences then shows NULL, just as for
 * one that was never used; so these are counted instead. An unlogged sequence cannot be read on a replica.
 */
const SQL = `WITH sequence AS (
  SELECT c.oid, n.nspname, c.relname, s.seqincrement > 0 AS rises, s.seqmin, s.seqmax,
         pg_catalog.has_sequence_privilege(c.oid, 'SELECT, USAGE') AS allowed,
         c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery() AS elsewhere
    FROM pg_catalog.pg_sequence s
    JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT s.seqcycle AND c.relpersistence <> 't'
), fed AS (
  SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid::int2 AS number
    FROM pg_catalog.pg_depend d
   WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
     AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  UNION
  SELECT d.refobjid, f.adrelid, f.adnum
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
   WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
), narrowest AS (
  SELECT f.sequence, min(CASE coalesce(nullif(t.typbasetype, 0), t.oid)
                         WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END)::int8 AS highest
    FROM fed f
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.relation AND a.attnum = f.number
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   GROUP BY f.sequence
), bounded AS (
  SELECT s.*, least(s.seqmax, w.highest)::float8 AS top, greatest(s.seqmin, -1 - w.highest)::float8 AS bottom,
         CASE WHEN s.allowed AND NOT s.elsewhere THEN pg_catalog.pg_sequence_last_value(s.oid) END::float8 AS last
    FROM sequence s LEFT JOIN narrowest w ON w.sequence = s.oid
), used AS (
  SELECT nspname, relname, allowed, elsewhere,
         CASE WHEN last IS NULL THEN NULL
              WHEN rises THEN (last - CASE WHEN top > 0 THEN 0 ELSE bottom END)
                              / nullif(top - CASE WHEN top > 0 THEN 0 ELSE bottom END, 0)
              ELSE (CASE WHEN bottom < 0 THEN 0 ELSE top END - last)
                   / nullif(CASE WHEN bottom < 0 THEN 0 ELSE top END - bottom, 0)
         END AS ratio
    FROM bounded
)
SELECT (SELECT count(*) FROM used WHERE NOT allowed OR elsewhere)::float8 AS unreadable,
       coalesce((SELECT json_agg(t) FROM (
         SELECT nspname AS schemaname, relname AS sequencename, ratio FROM used WHERE ratio > ${LEAST_RATIO}
          ORDER BY ratio DESC, nspname, relname LIMIT ${MOST}) t), '[]') AS fullest`

interface Row {
  readonly unreadable: number
  readonly fullest: readonly {
    readonly schemaname: string
    readonly sequencename: string
    readonly ratio: number
  }[]
}

/** How much of each sequence's numbers is used up. About 340 ms at 10,000 sequences. */
export const sequences = defineCollector({
  name: 'sequences',
  scope: 'database',
  tier: 'slow',
  timeoutMs: 2000,
  metrics: {
    pg_sequence_used_ratio: gauge(
      `Share of the numbers used up, of the sequence or of the column it feeds, whichever ends first; the ${MOST} fullest above ${LEAST_RATIO}.`,
      ['datname', 'schemaname', 'sequencename'],
    ),
    pg_sequence_unreadable_count: gauge(
      'Sequences of which nothing is known: no SELECT or USAGE on them, or unlogged ones on a replica.',
      ['datname'],
    ),
  },
  async collect(connection, _facts, emit) {
    const datname = connection.target.database
    const { unreadable, fullest } = await connection.row<Row>(SQL)
    emit('pg_sequence_unreadable_count', unreadable, { datname })
    for (const { schemaname, sequencename, ratio } of fullest)
      emit('pg_sequence_used_ratio', ratio, { datname, schemaname, sequencename })
  },
})
