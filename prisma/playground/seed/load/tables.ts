import { featuredItemsTable, reportsTable } from './curation.ts'
import type { DataSet } from './data-set.ts'
import { favoritesTable, followsTable, workbookTagsTable } from './links.ts'
import type { LoadTable } from './load-table.ts'
import { refreshTokensTable, usersTable } from './users.ts'
import { workbooksTable, workbookViewsTable } from './workbooks.ts'

/** Every table of a load, each after those it refers to. The tags come before all of them (`ensureTags`). */
export function loadTables(data: DataSet, tagIds: readonly number[]): readonly LoadTable[] {
  return [
    usersTable(data),
    refreshTokensTable(data),
    workbooksTable(data),
    workbookTagsTable(data, tagIds),
    followsTable(data),
    favoritesTable(data),
    featuredItemsTable(data),
    reportsTable(data),
    workbookViewsTable(data),
  ]
}
