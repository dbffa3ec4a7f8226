-- CreateEnum
CREATE TYPE "ItemType" AS ENUM ('workbook', 'user');

-- CreateEnum
CREATE TYPE "FeatureType" AS ENUM ('viz_of_the_day', 'featured_author', 'highlight', 'trending');

-- CreateEnum
CREATE TYPE "ReportType" AS ENUM ('SPAM', 'INAPPROPRIATE_CONTENT', 'HARASSMENT', 'COPYRIGHT_VIOLATION', 'FAKE_ACCOUNT', 'OTHER');

-- CreateEnum
CREATE TYPE "ReportStatus" AS ENUM ('PENDING', 'IN_REVIEW', 'RESOLVED', 'DISMISSED');

-- CreateTable
CREATE TABLE "featured_items" (
    "id" SERIAL NOT NULL,
    "item_id" VARCHAR(50) NOT NULL,
    "item_type" "ItemType" NOT NULL,
    "feature_type" "FeatureType" NOT NULL,
    "featured_date" DATE NOT NULL,
    "expires_at" TIMESTAMP(3),
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,
    "curated_by_admin_id" TEXT NOT NULL,
    "workbook_id" TEXT,

    CONSTRAINT "featured_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reports" (
    "id" TEXT NOT NULL,
    "report_type" "ReportType" NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "description" TEXT,
    "status" "ReportStatus" NOT NULL DEFAULT 'PENDING',
    "admin_notes" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,
    "reporter_id" TEXT NOT NULL,
    "reported_user_id" TEXT,
    "reported_workbook_id" TEXT,

    CONSTRAINT "reports_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "featured_items_item_id_idx" ON "featured_items"("item_id");

-- CreateIndex
CREATE INDEX "featured_items_feature_type_idx" ON "featured_items"("feature_type");

-- CreateIndex
CREATE INDEX "featured_items_featured_date_idx" ON "featured_items"("featured_date");

-- CreateIndex
CREATE INDEX "featured_items_is_active_idx" ON "featured_items"("is_active");

-- CreateIndex
CREATE INDEX "featured_items_workbook_id_idx" ON "featured_items"("workbook_id");

-- CreateIndex
CREATE INDEX "reports_report_type_idx" ON "reports"("report_type");

-- CreateIndex
CREATE INDEX "reports_status_idx" ON "reports"("status");

-- CreateIndex
CREATE INDEX "reports_created_at_idx" ON "reports"("created_at");

-- AddForeignKey
ALTER TABLE "featured_items" ADD CONSTRAINT "featured_items_curated_by_admin_id_fkey" FOREIGN KEY ("curated_by_admin_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "featured_items" ADD CONSTRAINT "featured_items_workbook_id_fkey" FOREIGN KEY ("workbook_id") REFERENCES "workbooks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reports" ADD CONSTRAINT "reports_reporter_id_fkey" FOREIGN KEY ("reporter_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reports" ADD CONSTRAINT "reports_reported_user_id_fkey" FOREIGN KEY ("reported_user_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reports" ADD CONSTRAINT "reports_reported_workbook_id_fkey" FOREIGN KEY ("reported_workbook_id") REFERENCES "workbooks"("id") ON DELETE SET NULL ON UPDATE CASCADE;
