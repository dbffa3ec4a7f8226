import { TAGS } from '../database/tags.ts'

/** How many rows each table gets. */
export interface LoadShape {
  readonly users: number
  readonly tags: number
  readonly refresh_tokens: number
  readonly workbooks: number
  readonly workbook_tags: number
  readonly follows: number
  readonly favorites: number
  readonly featured_items: number
  readonly reports: number
  readonly workbook_views: number
}

export const FEWEST_ROWS = 100
export const MOST_ROWS = 100_000_000

/**
 * Shares of the total in per mille; the rest are views, as in any application that counts them.
 * README.md in this folder's parent has the table.
 */
export const SHARES_PER_MILLE = {
  users: 20,
  refresh_tokens: 10,
  workbooks: 30,
  workbook_tags: 60,
  follows: 80,
  favorites: 150,
  featured_items: 1,
  reports: 4,
} as const

/** Splits `rows` (FEWEST_ROWS to MOST_ROWS) over the tables; the parts add up to it exactly. */
export function loadShape(rows: number): LoadShape {
  const share = (table: keyof typeof SHARES_PER_MILLE) =>
    Math.max(1, Math.floor((rows * SHARES_PER_MILLE[table]) / 1000))
  const users = Math.max(2, share('users'))
  const workbooks = share('workbooks')
  const tags = TAGS.length
  const parts = {
    users,
    tags,
    refresh_tokens: share('refresh_tokens'),
    workbooks,
    // Pairs are distinct: there can be no more than the product of both sides.
    workbook_tags: Math.min(share('workbook_tags'), workbooks * tags),
    follows: Math.min(share('follows'), users * (users - 1)),
    favorites: Math.min(share('favorites'), users * workbooks),
    featured_items: share('featured_items'),
    reports: share('reports'),
  }
  const rest = rows - Object.values(parts).reduce((sum, part) => sum + part, 0)
  return { ...parts, workbook_views: rest }
}
