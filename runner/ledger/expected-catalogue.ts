import { escapeLiteral } from 'pg'
import type { Connection } from '../postgres/connect.ts'
import { readOptionalRows } from '../postgres/optional-rows.ts'

/**
 * What the last complete run was to leave behind: kept so that the next one can tell whether anybody else has changed the
 * schema since. It answers only while the records still are what they were then.
 */
export interface ExpectedCatalogue {
  /** The manifest of the history, as it was committed then. */
  readonly manifest: unknown
  /** The migrations that were applied, in the order of their names. */
  readonly applied: readonly string[]
  /** Whether steps or repeatables have been recorded since; then nothing is expected. */
  readonly isOutdated: boolean
}

/** Our record as one value: steps that left something behind, and the repeatables. A file rolled back left nothing. */
const RECORDS_DIGEST = `(
  SELECT md5(concat(
    (SELECT max(id) FROM howdah.step WHERE NOT (state = 'failed' AND scope = 'file')), ' ',
    (SELECT string_agg(name || ' ' || checksum, ',' ORDER BY name) FROM howdah.repeatable))))`

/** @returns `undefined` where no run has left one */
export async function readExpectedCatalogue(
  connection: Connection,
  schema: string,
): Promise<ExpectedCatalogue | undefined> {
  const [rows] = await readOptionalRows(connection, [
    {
      schema: 'howdah',
      table: 'catalogue',
      select: `SELECT catalogue->'manifest' AS manifest, catalogue->'applied' AS applied,
                      catalogue->>'records' IS DISTINCT FROM ${RECORDS_DIGEST} AS "isOutdated"
                 FROM howdah.catalogue WHERE schema = ${escapeLiteral(schema)}`,
    },
  ])
  return (rows as ExpectedCatalogue[] | undefined)?.[0]
}

/** Says what the run has left behind. The caller holds the run lock. */
export async function writeExpectedCatalogue(
  connection: Connection,
  runId: string,
  at: Date,
  expected: Omit<ExpectedCatalogue, 'isOutdated'> & { readonly schema: string },
): Promise<void> {
  const { schema, manifest, applied } = expected
  await connection.run(
    `INSERT INTO howdah.catalogue (schema, run_id, recorded_at, catalogue)
     VALUES ($1, $2, $3, jsonb_build_object('manifest', $4::jsonb, 'applied', $5::jsonb, 'records', ${RECORDS_DIGEST}))
     ON CONFLICT (schema) DO UPDATE
       SET run_id = excluded.run_id, recorded_at = excluded.recorded_at, catalogue = excluded.catalogue`,
    [schema, runId, at, JSON.stringify(manifest), JSON.stringify(applied)],
  )
}
