import { HowdahError } from '../../../../runner/core/errors.ts'
import { plural } from '../../../../runner/core/units.ts'
import type { SeedContext } from '../../../../runner/seed/profile.ts'
import { ADMINISTRATOR, DEMO_DOMAIN, LOAD_DOMAIN } from './accounts.ts'

/** Enough to see that it is not a handful of test accounts, without counting millions. */
const COUNT_LIMIT = 1000

/**
 * Made-up people do not belong among real ones.
 * @throws HowdahError seed-refused when somebody who is neither the administrator nor made up has an account, unless forced
 */
export async function refuseForeignUsers(context: SeedContext): Promise<void> {
  if (context.options.force) return
  const { foreign } = await context.transaction(connection =>
    connection.row<{ foreign: number }>(
      `SELECT count(*)::int AS foreign FROM (
         SELECT FROM users WHERE username <> $1 AND email NOT LIKE $2 AND email NOT LIKE $3 LIMIT $4) AS others`,
      [ADMINISTRATOR, `%@${DEMO_DOMAIN}`, `%@${LOAD_DOMAIN}`, COUNT_LIMIT],
    ),
  )
  if (foreign === 0) return
  const amount = foreign === COUNT_LIMIT ? `at least ${plural(foreign, 'user')}` : plural(foreign, 'user')
  const params = {
    reason: `this looks like a database in use: ${amount} neither the administrator nor made up by a seed`,
    instead: 'Use another database, or --force if made-up rows really belong in this one.',
  }
  throw new HowdahError('seed-refused', params, { details: { foreignUsers: foreign } })
}
