/** Every kind of relation that a statement below needs, with rows in it. */
export const SCHEMA = `
  CREATE TYPE mood AS ENUM ('ok', 'bad');
  CREATE DOMAIN free AS int;
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TABLE p (id int PRIMARY KEY, v int);
  CREATE TABLE t (
    id int PRIMARY KEY, a int DEFAULT 1, short varchar(20), plain text, price numeric(8,2), at3 timestamp(3), at timestamp,
    span interval(3), bits varbit(8), doc json, m mood, net cidr, letters char(10), checked varchar(20) CHECK (length(checked) > 0),
    indexed varchar(20), proved int CHECK (proved IS NOT NULL AND proved > 0), loose int NOT NULL, later int,
    double int GENERATED ALWAYS AS (id * 2) STORED, p_id int CONSTRAINT t_p REFERENCES p);
  ALTER TABLE t ADD CONSTRAINT later_positive CHECK (later > 0) NOT VALID;
  ALTER TABLE t ADD CONSTRAINT t_p_later FOREIGN KEY (a) REFERENCES p NOT VALID;
  ALTER TABLE t ADD CONSTRAINT valid_check CHECK (id > 0);
  CREATE INDEX t_a ON t (a);
  CREATE INDEX t_plain ON t (plain);
  CREATE INDEX t_lower ON t (lower(indexed));
  CREATE UNIQUE INDEX t_loose ON t (loose);
  CREATE TABLE q (id int NOT NULL, p_id int, k int);
  CREATE UNIQUE INDEX q_id ON q (id);
  CREATE TABLE parted (id int, k int, p_id int REFERENCES p) PARTITION BY LIST (k);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
  CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
  CREATE TABLE plainly (id int, k int) PARTITION BY LIST (k);
  CREATE TABLE plainly_1 PARTITION OF plainly FOR VALUES IN (1);
  CREATE TABLE detached (id int, k int);
  CREATE TABLE detached_checked (id int, k int, CONSTRAINT fits CHECK (k IS NOT NULL AND k = 9));
  CREATE TABLE heir (id int NOT NULL, p_id int, k int);
  CREATE UNIQUE INDEX heir_p ON heir (p_id);
  CREATE TABLE ref (id int PRIMARY KEY);
  CREATE TABLE referring (id int, r int REFERENCES ref);
  CREATE VIEW vw AS SELECT id, a FROM q JOIN (SELECT 1 AS a) AS one ON true;
  CREATE MATERIALIZED VIEW mv AS SELECT id, v FROM p;
  CREATE UNIQUE INDEX mv_id ON mv (id);
  CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE FUNCTION anything() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE TRIGGER watch BEFORE UPDATE ON q FOR EACH ROW EXECUTE FUNCTION nothing();
  CREATE POLICY visible ON q USING (true);
  CREATE RULE quiet AS ON DELETE TO heir DO INSTEAD NOTHING;
  CREATE SEQUENCE numbers;
  CREATE PUBLICATION listed FOR TABLE ref;
  INSERT INTO p SELECT i, i FROM generate_series(1, 500) i;
  INSERT INTO t (id, a, short, plain, price, at3, at, span, bits, doc, m, net, letters, checked, indexed, proved, loose, later, p_id)
    SELECT i, i, i, i, 1, now(), now(), '1 s', '1', '{}', 'ok', '10.0.0.0/8', 'x', 'x', i, i, i, i, i FROM generate_series(1, 500) i;
  INSERT INTO q SELECT i, i, 1 FROM generate_series(1, 500) i;
  INSERT INTO heir SELECT i, i, 1 FROM generate_series(1, 500) i;
  INSERT INTO parted SELECT i, 1 + i % 2, i FROM generate_series(1, 500) i;
  INSERT INTO plainly SELECT i, 1 FROM generate_series(1, 500) i;
  INSERT INTO detached SELECT i, 7 FROM generate_series(1, 500) i;
  INSERT INTO detached_checked SELECT i, 9 FROM generate_series(1, 500) i;
  INSERT INTO ref SELECT i FROM generate_series(1, 500) i;
  INSERT INTO referring SELECT i, i FROM generate_series(1, 500) i;
  REFRESH MATERIALIZED VIEW mv;
  ANALYZE;
`
