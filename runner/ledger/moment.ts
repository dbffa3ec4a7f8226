import { escapeLiteral } from 'pg'

/** A time for a record: one we know, or an expression that the server evaluates when it gets there. */
export type Moment = Date | { readonly sql: string }

/** As SQL, of type timestamptz. */
export function momentSql(moment: Moment): string {
  return 'sql' in moment ? moment.sql : `${escapeLiteral(moment.toISOString())}::timestamptz`
}
