import type { CopyValue } from '../../../../runner/seed/copy-text.ts'
import { LOAD_DOMAIN } from '../database/accounts.ts'
import { DAY_MS, REFERENCE_DATE } from '../database/reference-date.ts'
import type { DataSet } from './data-set.ts'
import type { LoadTable } from './load-table.ts'
import { momentOf, timestamp } from './moments.ts'
import { FIRST_NAMES, JOBS, LAST_NAMES, ORGANIZATIONS, PLACES } from './words.ts'

/** No password has this hash, so nobody can log in as a user of a load; and it needs no salt, so it is the same each time. */
export const NO_PASSWORD = '!load'

export function usersTable({ label, shape, ids, random }: DataSet): LoadTable {
  const count = shape.users
  return {
    table: 'users',
    count,
    columns: [
      'id',
      'username',
      'email',
      'password_hash',
      'full_name',
      'title',
      'organization',
      'location',
      'is_verified',
      'is_active',
      'created_at',
      'updated_at',
    ],
    *rows() {
      const values = random('users')
      const row: CopyValue[] = []
      for (let index = 0; index < count; index++) {
        const name = `load-${label}-${index}`
        const created = momentOf(index, count)
        row[0] = ids.users(index)
        row[1] = name
        row[2] = `${name}@${LOAD_DOMAIN}`
        row[3] = NO_PASSWORD
        row[4] = `${values.pick(FIRST_NAMES)} ${values.pick(LAST_NAMES)}`
        row[5] = values.next() < 0.7 ? values.pick(JOBS) : null
        row[6] = values.next() < 0.6 ? values.pick(ORGANIZATIONS) : null
        row[7] = values.next() < 0.5 ? values.pick(PLACES) : null
        row[8] = values.next() < 0.8
        row[9] = values.next() < 0.97
        row[10] = created
        row[11] = created
        yield row
      }
    },
    key: index => ({ id: ids.users(index) }),
  }
}

export function refreshTokensTable({ shape, ids, random }: DataSet): LoadTable {
  const count = shape.refresh_tokens
  return {
    table: 'refresh_tokens',
    count,
    columns: ['id', 'token', 'expires_at', 'is_revoked', 'created_at', 'user_id'],
    *rows() {
      const values = random('refresh_tokens')
      const row: CopyValue[] = []
      for (let index = 0; index < count; index++) {
        const created = REFERENCE_DATE - DAY_MS * (8 + values.next() * 700)
        const id = ids.refresh_tokens(index)
        row[0] = id
        // Whoever knows the seed knows the token: it has expired and is revoked, so it opens nothing.
        row[1] = `load-${id}`
        row[2] = timestamp(created + 7 * DAY_MS)
        row[3] = true
        row[4] = timestamp(created)
        row[5] = ids.users(values.below(shape.users))
        yield row
      }
    },
    key: index => ({ id: ids.refresh_tokens(index) }),
  }
}
