import type { Connection } from '../../../../runner/postgres/connect.ts'
import { REFERENCE_DATE } from '../database/reference-date.ts'
import { TAGS } from '../database/tags.ts'
import { timestamp } from './moments.ts'

/** The id of each of TAGS, in their order; 0 for one that is not there. */
export async function readTagIds(connection: Connection): Promise<number[]> {
  const rows = await connection.rows<{ id: number }>(
    `SELECT coalesce(tags.id, 0) AS id
       FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place) LEFT JOIN tags USING (name) ORDER BY place`,
    [TAGS.map(([name]) => name)],
  )
  return rows.map(row => row.id)
}

/** Makes the tags that are missing. @returns how many */
export async function ensureTags(connection: Connection): Promise<number> {
  const made = await connection.run(
    `INSERT INTO tags (name, color, description, created_at, updated_at)
     SELECT name, color, description, $4::timestamp, $4::timestamp
       FROM unnest($1::text[], $2::text[], $3::text[]) AS t (name, color, description)
     ON CONFLICT (name) DO NOTHING`,
    [
      TAGS.map(([name]) => name),
      TAGS.map(([, color]) => color),
      TAGS.map(([, , description]) => description),
      timestamp(REFERENCE_DATE),
    ],
  )
  return made ?? 0
}
