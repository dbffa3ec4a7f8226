DROP TABLE reports;
DROP TABLE featured_items;

-- Only now: columns of these types were in the tables.
DROP TYPE "ReportStatus";
DROP TYPE "ReportType";
DROP TYPE "FeatureType";
DROP TYPE "ItemType";
