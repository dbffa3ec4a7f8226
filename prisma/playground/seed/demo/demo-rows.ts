import type { Prisma } from '../../client/client.ts'
import type { DemoUser } from './users.ts'

/** Everything the demo consists of, tags by name: their ids are the database's. */
export interface DemoData {
  readonly users: readonly DemoUser[]
  readonly tags: readonly Prisma.TagCreateManyInput[]
  readonly workbooks: readonly (Prisma.WorkbookCreateManyInput & { readonly id: string })[]
  readonly workbookTags: readonly { readonly workbook_id: string; readonly tag: string }[]
  readonly follows: readonly Prisma.FollowCreateManyInput[]
  readonly favorites: readonly Prisma.FavoriteCreateManyInput[]
  readonly views: readonly (Prisma.WorkbookViewCreateManyInput & { readonly id: string })[]
  readonly tokens: readonly (Prisma.RefreshTokenCreateManyInput & { readonly id: string })[]
  readonly reports: readonly (Prisma.ReportCreateManyInput & { readonly id: string })[]
  /** Without their curator, the administrator, whose id is the database's. */
  readonly featured: readonly Omit<Prisma.FeaturedItemCreateManyInput, 'curated_by_admin_id'>[]
}
