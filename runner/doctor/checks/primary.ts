import { escapeIdentifier } from 'pg'
import type { Check } from '../check.ts'
import { finding, ok } from '../finding.ts'

/** Whether the server takes writes. */
export const primary: Check = {
  key: 'primary',
  needs: 'connection',
  examine: async ({ facts, connection }) => {
    if (facts.inRecovery) {
      return [
        finding(
          'primary.recovery',
          'note',
          'the server is a read replica (in recovery): it can be measured, not migrated',
          'For migrations, backfills and seeds point the URL at the primary.',
        ),
      ]
    }
    const role = ok('primary.recovery', 'the server is a primary')
    if (!facts.readOnly) return [role]
    const user = escapeIdentifier(connection.target.user)
    return [
      role,
      finding(
        'primary.read-only',
        'warning',
        'transactions are read-only by default (default_transaction_read_only): migrations would fail',
        `Take the default away where it was set: \`ALTER ROLE ${user} RESET default_transaction_read_only\`, or the database's.`,
      ),
    ]
  },
}
