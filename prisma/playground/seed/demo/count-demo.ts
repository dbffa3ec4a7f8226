import type { TableRows } from '../../../../runner/seed/profile.ts'
import type { PrismaClient } from '../../client/client.ts'
import type { DemoData } from './demo-rows.ts'

/** How much of the demo is there, and how much is missing. */
export async function countDemo(prisma: PrismaClient, data: DemoData): Promise<TableRows[]> {
  const ids = (rows: readonly { readonly id: string }[]) => ({ id: { in: rows.map(row => row.id) } })
  const names = data.tags.map(tag => tag.name)
  const counted: [string, number, number][] = [
    ['users', data.users.length, await prisma.user.count({ where: ids(data.users) })],
    ['tags', names.length, await prisma.tag.count({ where: { name: { in: names } } })],
    ['workbooks', data.workbooks.length, await prisma.workbook.count({ where: ids(data.workbooks) })],
    [
      'workbook_tags',
      data.workbookTags.length,
      await prisma.workbookTag.count({
        where: { OR: data.workbookTags.map(({ workbook_id, tag }) => ({ workbook_id, tag: { name: tag } })) },
      }),
    ],
    [
      'follows',
      data.follows.length,
      await prisma.follow.count({
        where: { OR: data.follows.map(({ follower_id, following_id }) => ({ follower_id, following_id })) },
      }),
    ],
    [
      'favorites',
      data.favorites.length,
      await prisma.favorite.count({
        where: { OR: data.favorites.map(({ user_id, workbook_id }) => ({ user_id, workbook_id })) },
      }),
    ],
    ['workbook_views', data.views.length, await prisma.workbookView.count({ where: ids(data.views) })],
    ['refresh_tokens', data.tokens.length, await prisma.refreshToken.count({ where: ids(data.tokens) })],
    ['reports', data.reports.length, await prisma.report.count({ where: ids(data.reports) })],
    [
      'featured_items',
      data.featured.length,
      await prisma.featuredItem.count({
        where: { item_id: { in: data.featured.map(each => each.item_id) } },
      }),
    ],
  ]
  return counted.map(([table, total, there]) => {
    const alreadyThere = Math.min(total, there)
    return { table, made: total - alreadyThere, alreadyThere }
  })
}
