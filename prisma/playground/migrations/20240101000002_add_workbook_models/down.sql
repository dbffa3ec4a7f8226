-- Undoes migration.sql and extra.sql, those that refer to others first.
DROP TABLE workbook_views;
DROP TABLE workbook_tags;
DROP TABLE tags;
DROP TABLE workbooks;
