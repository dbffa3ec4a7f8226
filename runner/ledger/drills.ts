import type { Connection } from '../postgres/connect.ts'
import { beginRecord, endRecord } from './records.ts'

/** What was measured is kept of a drill that failed, too, as far as it came. */
export interface DrillEnd {
  readonly outcome: 'passed' | 'failed'
  readonly errorCode?: string
  /** From the declared disaster to the first write of the application. */
  readonly rtoSeconds?: number
  /** The age of the newest row that survived. */
  readonly rpoSeconds?: number
}

/** A rehearsal begins. The session is to stay open until its end, so its database is not the one that is lost. */
export async function beginDrill(connection: Connection, scenario: string): Promise<number> {
  return beginRecord(connection, 'drill', { scenario })
}

/** @throws HowdahError record-closed */
export async function endDrill(connection: Connection, id: number, end: DrillEnd): Promise<void> {
  await endRecord(connection, 'drill', id, {
    outcome: end.outcome,
    error_code: end.errorCode ?? null,
    rto_seconds: end.rtoSeconds ?? null,
    rpo_seconds: end.rpoSeconds ?? null,
  })
}
