import type { CopyValue } from '../../../../runner/seed/copy-text.ts'
import type { DataSet } from './data-set.ts'
import type { LoadTable } from './load-table.ts'
import { momentOf } from './moments.ts'

export function favoritesTable({ shape, ids, favorites }: DataSet): LoadTable {
  const user = (index: number) => ids.users(favorites.left(index))
  const workbook = (index: number) => ids.workbooks(favorites.right(index))
  return linkTable('favorites', shape.favorites, ['user_id', user], ['workbook_id', workbook])
}

export function followsTable({ shape, ids, follows }: DataSet): LoadTable {
  const follower = (index: number) => ids.users(follows.left(index))
  const following = (index: number) => ids.users(follows.right(index))
  return linkTable('follows', shape.follows, ['follower_id', follower], ['following_id', following])
}

/** `tagIds` are the ids the tags have in this database, in the order of TAGS. */
export function workbookTagsTable({ shape, ids, tagged }: DataSet, tagIds: readonly number[]): LoadTable {
  const workbook = (index: number) => ids.workbooks(tagged.left(index))
  const tag = (index: number) => {
    const id = tagIds[tagged.right(index)]
    if (id === undefined) throw new RangeError('a tag has no id')
    return id
  }
  return linkTable('workbook_tags', shape.workbook_tags, ['workbook_id', workbook], ['tag_id', tag])
}

type Column = readonly [name: string, valueOf: (index: number) => string | number]

function linkTable(table: string, count: number, left: Column, right: Column): LoadTable {
  const [[leftName, leftOf], [rightName, rightOf]] = [left, right]
  return {
    table,
    count,
    columns: [leftName, rightName, 'created_at'],
    *rows() {
      const row: CopyValue[] = []
      for (let index = 0; index < count; index++) {
        row[0] = leftOf(index)
        row[1] = rightOf(index)
        row[2] = momentOf(index, count)
        yield row
      }
    },
    key: index => ({ [leftName]: leftOf(index), [rightName]: rightOf(index) }),
  }
}
