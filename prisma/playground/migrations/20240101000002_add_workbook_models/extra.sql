-- What Prisma cannot express about workbooks, tags and views. The runner executes each statement on its own, outside
-- any transaction.
--
-- NOT VALID first, VALIDATE second: the ACCESS EXCLUSIVE lock of the first is then never held over the second's scan.

ALTER TABLE workbooks ADD CONSTRAINT check_title_length
  CHECK (char_length(title) >= 1 AND char_length(title) <= 200) NOT VALID;
ALTER TABLE workbooks VALIDATE CONSTRAINT check_title_length;

ALTER TABLE workbooks ADD CONSTRAINT check_embed_url_format
  CHECK (sigma_embed_url ~ '^https://.*sigma.*/(embed|public|viz)/') NOT VALID;
ALTER TABLE workbooks VALIDATE CONSTRAINT check_embed_url_format;

ALTER TABLE tags ADD CONSTRAINT check_tag_name_format
  CHECK (name ~ '^[a-zA-Z0-9\s-]{1,50}$') NOT VALID;
ALTER TABLE tags VALIDATE CONSTRAINT check_tag_name_format;

-- Full-text search
CREATE INDEX CONCURRENTLY idx_workbooks_title_search ON workbooks USING gin(to_tsvector('english', title));
CREATE INDEX CONCURRENTLY idx_workbooks_description_search ON workbooks USING gin(to_tsvector('english', description));

-- An author's page, and the views of one workbook
CREATE INDEX CONCURRENTLY idx_workbooks_author_published ON workbooks(author_id, published_at DESC);
CREATE INDEX CONCURRENTLY idx_workbook_views_workbook_created ON workbook_views(workbook_id, created_at DESC);

-- Composite indexes for common queries
CREATE INDEX CONCURRENTLY idx_workbooks_public_featured ON workbooks(is_publicly_visible, is_featured, published_at DESC);
CREATE INDEX CONCURRENTLY idx_workbooks_author_public ON workbooks(author_id, is_publicly_visible, published_at DESC);
