/** The document's indexes beyond Prisma's own, as Postgres prints their definitions. */
export const documentIndexes: Readonly<Record<string, string>> = {
  idx_favorites_user_created: 'public.favorites USING btree (user_id, created_at DESC)',
  idx_follows_follower_created: 'public.follows USING btree (follower_id, created_at DESC)',
  idx_users_email_lower: 'public.users USING btree (lower((email)::text))',
  idx_users_username_lower: 'public.users USING btree (lower((username)::text))',
  idx_workbook_views_workbook_created: 'public.workbook_views USING btree (workbook_id, created_at DESC)',
  idx_workbooks_author_public:
    'public.workbooks USING btree (author_id, is_publicly_visible, published_at DESC)',
  idx_workbooks_author_published: 'public.workbooks USING btree (author_id, published_at DESC)',
  idx_workbooks_description_search:
    "public.workbooks USING gin (to_tsvector('english'::regconfig, description))",
  idx_workbooks_public_featured:
    'public.workbooks USING btree (is_publicly_visible, is_featured, published_at DESC)',
  idx_workbooks_title_search: "public.workbooks USING gin (to_tsvector('english'::regconfig, (title)::text))",
}

/** Those Prisma can describe. They stand in extra.sql all the same, since Prisma never writes CONCURRENTLY. */
export const indexesPrismaSees = [
  'idx_favorites_user_created',
  'idx_follows_follower_created',
  'idx_workbook_views_workbook_created',
  'idx_workbooks_author_public',
  'idx_workbooks_author_published',
  'idx_workbooks_public_featured',
]
