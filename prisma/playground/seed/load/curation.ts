import type { CopyValue } from '../../../../runner/seed/copy-text.ts'
import { DAY_MS, REFERENCE_DATE } from '../database/reference-date.ts'
import type { DataSet } from './data-set.ts'
import type { LoadTable } from './load-table.ts'
import { momentOf, timestamp } from './moments.ts'

/** The first workbooks are the featured ones; the first user of the load is their curator. */
export function featuredItemsTable({ shape, ids }: DataSet): LoadTable {
  const count = shape.featured_items
  const curator = ids.users(0)
  const workbook = (index: number) => ids.workbooks(index % shape.workbooks)
  return {
    table: 'featured_items',
    count,
    // Without `id`: the sequence gives it, so that the application's next insert does not collide.
    columns: [
      'item_id',
      'item_type',
      'feature_type',
      'featured_date',
      'expires_at',
      'is_active',
      'created_at',
      'updated_at',
      'curated_by_admin_id',
      'workbook_id',
    ],
    *rows() {
      const row: CopyValue[] = []
      for (let index = 0; index < count; index++) {
        const day = REFERENCE_DATE - DAY_MS * (index % 730)
        row[0] = workbook(index)
        row[1] = 'workbook'
        row[2] = FEATURES[index % FEATURES.length] ?? null
        row[3] = timestamp(day).slice(0, 10)
        row[4] = timestamp(day + 7 * DAY_MS)
        row[5] = index < 7
        row[6] = timestamp(day)
        row[7] = timestamp(day)
        row[8] = curator
        row[9] = workbook(index)
        yield row
      }
    },
    key: index => ({ item_id: workbook(index), curated_by_admin_id: curator }),
  }
}

const FEATURES = ['viz_of_the_day', 'highlight', 'trending'] as const
const REPORT_TYPES = ['SPAM', 'INAPPROPRIATE_CONTENT', 'HARASSMENT', 'COPYRIGHT_VIOLATION', 'OTHER'] as const
const STATES = ['PENDING', 'IN_REVIEW', 'RESOLVED', 'RESOLVED', 'DISMISSED'] as const

/** Every second report is about a user, the others about a workbook. */
export function reportsTable({ shape, ids, random }: DataSet): LoadTable {
  const count = shape.reports
  return {
    table: 'reports',
    count,
    columns: [
      'id',
      'report_type',
      'reason',
      'status',
      'created_at',
      'updated_at',
      'reporter_id',
      'reported_user_id',
      'reported_workbook_id',
    ],
    *rows() {
      const values = random('reports')
      const row: CopyValue[] = []
      for (let index = 0; index < count; index++) {
        const created = momentOf(index, count)
        const aboutUser = index % 2 === 1
        row[0] = ids.reports(index)
        row[1] = values.pick(REPORT_TYPES)
        row[2] = 'Made-up report of a load'
        row[3] = values.pick(STATES)
        row[4] = created
        row[5] = created
        row[6] = ids.users(values.below(shape.users))
        row[7] = aboutUser ? ids.users(values.below(shape.users)) : null
        row[8] = aboutUser ? null : ids.workbooks(values.below(shape.workbooks))
        yield row
      }
    },
    key: index => ({ id: ids.reports(index) }),
  }
}
