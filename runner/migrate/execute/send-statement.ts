import { HowdahError } from '../../core/errors.ts'
import type { Connection } from '../../postgres/connect.ts'
import type { StatementStep } from '../plan/plan.ts'
import { offsetInSent, statementError } from './statement-error.ts'

/** Sends the statement, or what stands for it; a derived text's errors are shown at the statement. */
export async function sendStatement(
  connection: Connection,
  { script, statement }: StatementStep,
  text = statement.text,
): Promise<number | null> {
  try {
    return await connection.run(text)
  } catch (error) {
    if (error instanceof HowdahError) throw error
    const within = text === statement.text ? offsetInSent(text, error) : undefined
    throw statementError(script, statement, statement.start + (within ?? 0), 'statement', error)
  }
}
