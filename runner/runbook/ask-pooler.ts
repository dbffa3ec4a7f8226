import { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import { describeConsole, openConsole } from '../pooler/pooler.ts'
import { abandon } from '../postgres/abandon.ts'
import type { Connection } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import { answered, asText, type Outcome } from './answer.ts'
import type { Question } from './question.ts'

/** A console answers within a millisecond, when it answers. */
const CONSOLE_TIMEOUT_MS = 3000

/** Puts one question to one PgBouncer. Never throws but for an interruption. */
export async function askPooler(
  url: Secret,
  { sql }: Question,
  { connectTimeoutMs, runtime }: { readonly connectTimeoutMs: number; readonly runtime: Runtime },
): Promise<Outcome> {
  const { clock, signal } = runtime
  signal.throwIfAborted()
  const pooler = describeConsole(url)
  let session: Connection | undefined
  try {
    session = await openConsole({ url, address: undefined }, connectTimeoutMs, 'howdah/runbook')
    // The console knows the simple protocol alone, and no timeout of its own.
    const asked = session.client.query<(string | null)[]>(asText(sql.replace(/;$/, '')))
    const answer = await within(clock, CONSOLE_TIMEOUT_MS, asked)
    if (answer === OUT_OF_TIME) {
      const { host, port } = session.target
      throw new HowdahError('server-unreachable', { host, port, reason: 'the console does not answer' })
    }
    return { ...answered(answer, true), pooler }
  } catch (error) {
    signal.throwIfAborted()
    const { message, hint } = explainError(error)
    return { state: 'failed', reason: message, hint, pooler }
  } finally {
    if (session) await abandon(session)
  }
}
