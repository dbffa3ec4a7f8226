import { HowdahError } from '../../../../runner/core/errors.ts'
import type { TableRows } from '../../../../runner/seed/profile.ts'
import type { Prisma } from '../../client/client.ts'
import { ADMINISTRATOR } from '../database/accounts.ts'
import { REFERENCE_DATE } from '../database/reference-date.ts'
import type { DemoData } from './demo-rows.ts'

/** Writes what of the demo is missing, table after table in the caller's transaction. */
export async function writeDemo(
  tx: Prisma.TransactionClient,
  data: DemoData,
  passwordHash: string,
): Promise<TableRows[]> {
  const rows: TableRows[] = []
  const note = (table: string, total: number, made: number) =>
    rows.push({ table, made, alreadyThere: total - made })
  const write = async <T>(table: string, data: readonly T[], create: CreateMany<T>) =>
    note(table, data.length, (await create({ data: [...data], skipDuplicates: true })).count)

  const users = data.users.map(user => ({ ...user, password_hash: passwordHash }))
  await write('users', users, args => tx.user.createMany(args))
  await requireUsers(tx, data)
  await write('tags', data.tags, args => tx.tag.createMany(args))
  await write('workbooks', data.workbooks, args => tx.workbook.createMany(args))
  const tagIds = new Map((await tx.tag.findMany()).map(tag => [tag.name, tag.id]))
  const workbookTags = data.workbookTags.map(({ workbook_id, tag }) => ({
    workbook_id,
    tag_id: tagIds.get(tag) ?? 0,
    created_at: new Date(REFERENCE_DATE),
  }))
  await write('workbook_tags', workbookTags, args => tx.workbookTag.createMany(args))
  await write('follows', data.follows, args => tx.follow.createMany(args))
  await write('favorites', data.favorites, args => tx.favorite.createMany(args))
  await write('workbook_views', data.views, args => tx.workbookView.createMany(args))
  await write('refresh_tokens', data.tokens, args => tx.refreshToken.createMany(args))
  await write('reports', data.reports, args => tx.report.createMany(args))
  note('featured_items', data.featured.length, await writeFeatured(tx, data))
  return rows
}

type CreateMany<T> = (args: { data: T[]; skipDuplicates: true }) => PromiseLike<{ readonly count: number }>

/** A user left out for a name somebody else has would leave everything of theirs without an owner. */
async function requireUsers(tx: Prisma.TransactionClient, data: DemoData): Promise<void> {
  const ids = data.users.map(user => user.id)
  const present = await tx.user.findMany({ where: { id: { in: ids } }, select: { id: true } })
  if (present.length === ids.length) return
  const found = new Set(present.map(user => user.id))
  const taken = data.users.filter(user => !found.has(user.id)).map(user => user.username)
  throw new HowdahError('seed-refused', {
    reason: `somebody else has the username or e-mail address of demo user ${taken.join(', ')}`,
    instead: 'Choose another --random-seed, which makes other people.',
  })
}

/** Featured items have no key but their number: those of the demo are known by what they feature. */
async function writeFeatured(tx: Prisma.TransactionClient, { featured }: DemoData): Promise<number> {
  const where = { item_id: { in: featured.map(each => each.item_id) } }
  const present = new Set((await tx.featuredItem.findMany({ where })).map(each => each.item_id))
  const curator = await tx.user.findUniqueOrThrow({ where: { username: ADMINISTRATOR } })
  const missing = featured.filter(each => !present.has(each.item_id))
  const data = missing.map(each => ({ ...each, curated_by_admin_id: curator.id }))
  return (await tx.featuredItem.createMany({ data })).count
}
