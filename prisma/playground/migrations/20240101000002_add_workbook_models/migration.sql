-- CreateTable
CREATE TABLE "workbooks" (
    "id" TEXT NOT NULL,
    "title" VARCHAR(200) NOT NULL,
    "description" TEXT,
    "sigma_embed_url" VARCHAR(1000) NOT NULL,
    "thumbnail_url" VARCHAR(500),
    "is_publicly_visible" BOOLEAN NOT NULL DEFAULT true,
    "allow_copy" BOOLEAN NOT NULL DEFAULT true,
    "view_count" INTEGER NOT NULL DEFAULT 0,
    "favorite_count" INTEGER NOT NULL DEFAULT 0,
    "is_featured" BOOLEAN NOT NULL DEFAULT false,
    "featured_at" TIMESTAMP(3),
    "published_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,
    "author_id" TEXT NOT NULL,

    CONSTRAINT "workbooks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tags" (
    "id" SERIAL NOT NULL,
    "name" VARCHAR(50) NOT NULL,
    "description" VARCHAR(200),
    "color" VARCHAR(7),
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "tags_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workbook_tags" (
    "workbook_id" TEXT NOT NULL,
    "tag_id" INTEGER NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workbook_tags_pkey" PRIMARY KEY ("workbook_id","tag_id")
);

-- CreateTable
CREATE TABLE "workbook_views" (
    "id" TEXT NOT NULL,
    "workbook_id" TEXT NOT NULL,
    "user_id" TEXT,
    "ip_address" VARCHAR(45),
    "user_agent" TEXT,
    "referrer" VARCHAR(500),
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workbook_views_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "workbooks_author_id_idx" ON "workbooks"("author_id");

-- CreateIndex
CREATE INDEX "workbooks_published_at_idx" ON "workbooks"("published_at");

-- CreateIndex
CREATE INDEX "workbooks_is_publicly_visible_idx" ON "workbooks"("is_publicly_visible");

-- CreateIndex
CREATE INDEX "workbooks_is_featured_idx" ON "workbooks"("is_featured");

-- CreateIndex
CREATE INDEX "workbooks_view_count_idx" ON "workbooks"("view_count");

-- CreateIndex
CREATE INDEX "workbooks_favorite_count_idx" ON "workbooks"("favorite_count");

-- CreateIndex
CREATE UNIQUE INDEX "tags_name_key" ON "tags"("name");

-- CreateIndex
CREATE INDEX "tags_name_idx" ON "tags"("name");

-- CreateIndex
CREATE INDEX "tags_is_active_idx" ON "tags"("is_active");

-- CreateIndex
CREATE INDEX "workbook_tags_tag_id_idx" ON "workbook_tags"("tag_id");

-- CreateIndex
CREATE INDEX "workbook_views_workbook_id_idx" ON "workbook_views"("workbook_id");

-- CreateIndex
CREATE INDEX "workbook_views_user_id_idx" ON "workbook_views"("user_id");

-- CreateIndex
CREATE INDEX "workbook_views_created_at_idx" ON "workbook_views"("created_at");

-- AddForeignKey
ALTER TABLE "workbooks" ADD CONSTRAINT "workbooks_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "workbook_tags" ADD CONSTRAINT "workbook_tags_workbook_id_fkey" FOREIGN KEY ("workbook_id") REFERENCES "workbooks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "workbook_tags" ADD CONSTRAINT "workbook_tags_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tags"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "workbook_views" ADD CONSTRAINT "workbook_views_workbook_id_fkey" FOREIGN KEY ("workbook_id") REFERENCES "workbooks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "workbook_views" ADD CONSTRAINT "workbook_views_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;
