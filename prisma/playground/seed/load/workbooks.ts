import type { CopyValue } from '../../../../runner/seed/copy-text.ts'
import { countPerWorkbook, type DataSet } from './data-set.ts'
import type { LoadTable } from './load-table.ts'
import { momentOf } from './moments.ts'
import { ADJECTIVES, AGENTS, FORMS, REFERRERS, SUBJECTS } from './words.ts'

export function workbooksTable(data: DataSet): LoadTable {
  const { shape, ids, random } = data
  const count = shape.workbooks
  return {
    table: 'workbooks',
    count,
    columns: [
      'id',
      'title',
      'description',
      'sigma_embed_url',
      'is_publicly_visible',
      'allow_copy',
      'view_count',
      'favorite_count',
      'is_featured',
      'published_at',
      'updated_at',
      'author_id',
    ],
    *rows() {
      const values = random('workbooks')
      const counts = countPerWorkbook(data)
      const row: CopyValue[] = []
      for (let index = 0; index < count; index++) {
        const id = ids.workbooks(index)
        const published = momentOf(index, count)
        const subject = values.pick(SUBJECTS)
        row[0] = id
        row[1] = `${values.pick(ADJECTIVES)} ${subject} ${values.pick(FORMS)}`
        row[2] = values.next() < 0.7 ? `How ${subject} relates to ${values.pick(SUBJECTS)}, by region.` : null
        row[3] = `https://app.sigma.com/embed/workbook/${id}`
        row[4] = values.next() < 0.9
        row[5] = values.next() < 0.8
        row[6] = counts.views[index] ?? 0
        row[7] = counts.favorites[index] ?? 0
        row[8] = index < shape.featured_items
        row[9] = published
        row[10] = published
        row[11] = ids.users(values.below(shape.users))
        yield row
      }
    },
    key: index => ({ id: ids.workbooks(index) }),
  }
}

export function workbookViewsTable({ shape, ids, viewed, random }: DataSet): LoadTable {
  const count = shape.workbook_views
  return {
    table: 'workbook_views',
    count,
    columns: ['id', 'workbook_id', 'user_id', 'ip_address', 'user_agent', 'referrer', 'created_at'],
    *rows() {
      const targets = random('workbook_views/target')
      const values = random('workbook_views')
      const row: CopyValue[] = []
      for (let index = 0; index < count; index++) {
        row[0] = ids.workbook_views(index)
        row[1] = ids.workbooks(viewed(targets))
        row[2] = values.next() < 0.6 ? ids.users(values.below(shape.users)) : null
        // Addresses set aside for benchmarks (RFC 2544): nobody's.
        row[3] = `198.${18 + values.below(2)}.${values.below(256)}.${values.below(256)}`
        row[4] = values.pick(AGENTS)
        row[5] = values.next() < 0.3 ? values.pick(REFERRERS) : null
        row[6] = momentOf(index, count)
        yield row
      }
    },
    key: index => ({ id: ids.workbook_views(index) }),
  }
}
