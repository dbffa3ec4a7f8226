import { HowdahError } from '../core/errors.ts'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Connection } from '../postgres/connect.ts'

/** The advisory lock of seed runs; any number, as long as it is always the same. */
const SEED_LOCK_KEY = 72_707_370

const BUDGET_MS = 120_000

/**
 * Runs `body` while no other seed run is at work on this database. The lock belongs to a transaction, not to the session,
 * so that it also holds behind a transaction pooler and ends with the connection whatever happens.
 * @throws HowdahError seed-lock-timeout
 */
export async function withSeedLock<T>(
  connection: Connection,
  { clock, signal, log }: Runtime,
  body: () => Promise<T>,
): Promise<T> {
  try {
    await connection.run('BEGIN')
    // It idles for as long as the seed takes.
    await connection.run(`SET LOCAL idle_in_transaction_session_timeout = 0`)
    let announced = false
    const taken = await poll(
      async () => {
        const text = 'SELECT pg_try_advisory_xact_lock($1::bigint) AS taken'
        return (await connection.row<{ taken: boolean }>(text, [SEED_LOCK_KEY])).taken || undefined
      },
      {
        clock,
        signal,
        budgetMs: BUDGET_MS,
        firstPauseMs: 50,
        maxPauseMs: 1000,
        onWait: () => {
          if (!announced) log.info('seed.waiting', 'waiting for another seed run', { budgetMs: BUDGET_MS })
          announced = true
        },
      },
    )
    if (!taken) throw new HowdahError('seed-lock-timeout', { waitedMs: BUDGET_MS })
    return await body()
  } finally {
    // Nothing was written in it; a session that is gone has let go of the lock by itself.
    if (!connection.lost) await connection.run('ROLLBACK').catch(() => undefined)
  }
}
