import { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import { cancelOnAbort } from '../postgres/cancel.ts'
import { type Connection, type ConnectOptions, connect } from '../postgres/connect.ts'
import { copyRows } from './copy-rows.ts'
import { withKeysCheckedAtOnce } from './keys-at-once.ts'
import { generatePassword, hashPassword, verifyPassword } from './password.ts'
import { poolConfigOf } from './pool-config.ts'
import type { SeedContext, SeedJournal, SeedOptions } from './profile.ts'
import { createRandom } from './random.ts'
import { describeProgress } from './rate.ts'

/** Nobody is made to wait behind a seed that itself waits for a table. */
const LOCK_TIMEOUT_MS = 30_000

/** @param reached a session that has been opened with `connectOptions`, to tell how the place is reached */
export function createContext(
  connectOptions: ConnectOptions,
  reached: Connection,
  options: SeedOptions,
  runtime: Runtime,
  journal: SeedJournal,
): SeedContext {
  const { signal } = runtime
  const { schema } = reached.target
  return {
    options,
    runtime,
    journal,
    schema,
    poolConfig: poolConfigOf(reached, connectOptions.applicationName, connectOptions.connectTimeoutMs),
    transaction: async body => {
      await using connection = await connect(connectOptions)
      try {
        return await cancelOnAbort(connection, signal, () =>
          connection.transaction(async () => {
            await setLimits(connection, schema)
            return body(connection)
          }),
        )
      } catch (error) {
        // A connection that breaks in the middle of COPY makes the stream fail, which does not know why; asked, the
        // session says it in its own words.
        if (connection.lost && !(error instanceof HowdahError)) await connection.run('SELECT 1')
        throw error
      }
    },
    copy: (connection, rows) => copyRows(connection, { ...rows, signal }),
    withKeysCheckedAtOnce,
    describeProgress,
    random: createRandom,
    hashPassword,
    verifyPassword,
    generatePassword,
  }
}

/** For the transaction only, as behind a transaction pooler the session belongs to others too. */
async function setLimits(connection: Connection, schema: string): Promise<void> {
  await connection.rows(
    `SELECT set_config('search_path', quote_ident($1), true), set_config('lock_timeout', $2, true),
            set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`,
    [schema, `${LOCK_TIMEOUT_MS}`],
  )
}
