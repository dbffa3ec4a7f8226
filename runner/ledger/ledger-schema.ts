import { HowdahError, messageOf } from '../core/errors.ts'
import type { Connection } from '../postgres/connect.ts'
import { SQLSTATE, serverFields, sqlstateOf } from '../postgres/sqlstate.ts'

/** The version of our schema that this runner reads and writes. */
const LEDGER_VERSION = 4

/** The first version with records of backups, drills and backfills. */
export const RECORDS_SINCE = 4

/** What took the database from one version to the next; entry 0 makes version 1. Written once, never edited. */
const UPGRADES: readonly string[] = [
  `CREATE SCHEMA IF NOT EXISTS howdah;
   CREATE TABLE howdah.ledger_version (
     version      integer     PRIMARY KEY,
     installed_at timestamptz NOT NULL DEFAULT clock_timestamp()
   );
   CREATE TABLE howdah.run (
     id             uuid        PRIMARY KEY,
     verb           text        NOT NULL,
     runner_version text        NOT NULL,
     started_at     timestamptz NOT NULL,
     finished_at    timestamptz,
     outcome        text        CHECK (outcome IN ('done', 'failed', 'interrupted')),
     error_code     text
   );
   COMMENT ON TABLE howdah.run IS 'One run of a verb that changes the database. No outcome: still running, or killed.';
   CREATE TABLE howdah.step (
     id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     run_id      uuid        NOT NULL REFERENCES howdah.run (id),
     migration   text        NOT NULL,
     file        text        NOT NULL CHECK (file IN ('migration.sql', 'extra.sql')),
     scope       text        NOT NULL CHECK (scope IN ('file', 'statement')),
     ordinal     integer     NOT NULL,
     checksum    text        NOT NULL,
     summary     text        NOT NULL,
     state       text        NOT NULL CHECK (state IN ('started', 'applied', 'failed')),
     attempts    integer     NOT NULL DEFAULT 1,
     started_at  timestamptz NOT NULL,
     finished_at timestamptz,
     sqlstate    text,
     error       text
   );
   COMMENT ON TABLE howdah.step IS
     'One transaction or one statement of a migration. The row of a transactional step commits with the step itself.';
   CREATE UNIQUE INDEX step_applied_once ON howdah.step (migration, file, ordinal) WHERE state = 'applied';
   CREATE INDEX step_by_run ON howdah.step (run_id);
   INSERT INTO howdah.ledger_version (version) VALUES (1);`,

  // The key locked one row of howdah.run again in every transaction of a run, and nobody reads steps by run.
  `ALTER TABLE howdah.step DROP CONSTRAINT step_run_id_fkey;
   DROP INDEX howdah.step_by_run;
   ALTER TABLE howdah.step ADD COLUMN lock_wait_ms integer, ADD COLUMN blockers jsonb, ADD COLUMN rows_affected bigint;
   ALTER TABLE howdah.run ADD COLUMN allowed jsonb NOT NULL DEFAULT '{}';
   COMMENT ON COLUMN howdah.run.allowed IS 'Gates that were let through, with the reasons given.';
   COMMENT ON COLUMN howdah.step.lock_wait_ms IS 'From the first attempt to the one that had its locks.';
   COMMENT ON COLUMN howdah.step.blockers IS 'Sessions that held the step up, as last seen; no query text.';
   CREATE TABLE howdah.repeatable (
     name       text        PRIMARY KEY,
     checksum   text        NOT NULL,
     run_id     uuid        NOT NULL REFERENCES howdah.run (id),
     applied_at timestamptz NOT NULL
   );
   COMMENT ON TABLE howdah.repeatable IS 'Views, functions, triggers and grants that are applied again whenever their text changes.';
   INSERT INTO howdah.ledger_version (version) VALUES (2);`,

  `ALTER TABLE howdah.step DROP CONSTRAINT step_file_check, DROP CONSTRAINT step_state_check;
   ALTER TABLE howdah.step
     ADD CONSTRAINT step_file_check CHECK (file IN ('migration.sql', 'extra.sql', 'down.sql')),
     ADD CONSTRAINT step_state_check CHECK (state IN ('started', 'applied', 'failed', 'undone')),
     ADD COLUMN completes text;
   COMMENT ON COLUMN howdah.step.completes IS 'SHA-256 of the whole file, where this is its last step.';
   COMMENT ON COLUMN howdah.step.state IS
     'undone: it took effect and was taken back since, by a rollback or outside of us.';
   ALTER TABLE howdah.run ADD COLUMN notes jsonb NOT NULL DEFAULT '{}', ADD COLUMN poolers_due boolean NOT NULL DEFAULT false;
   COMMENT ON COLUMN howdah.run.notes IS 'What a repair did, and why it was right.';
   COMMENT ON COLUMN howdah.run.poolers_due IS
     'The schema changed and the poolers have not all been told to reconnect.';
   CREATE TABLE howdah.catalogue (
     schema      text        PRIMARY KEY,
     run_id      uuid        NOT NULL REFERENCES howdah.run (id),
     recorded_at timestamptz NOT NULL,
     catalogue   jsonb       NOT NULL
   );
   COMMENT ON TABLE howdah.catalogue IS
     'The objects of the database as the last run left them: what differs at the next run is drift.';
   INSERT INTO howdah.ledger_version (version) VALUES (3);`,

  `CREATE TABLE howdah.backup (
     id               integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     cluster          text        NOT NULL CHECK (cluster <> ''),
     type             text        NOT NULL CHECK (type IN ('rds_auto', 'rds_snapshot', 'logical', 'cross_region')),
     started_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
     finished_at      timestamptz,
     outcome          text        CHECK (outcome IN ('succeeded', 'failed', 'lost')),
     error_code       text,
     size_bytes       bigint      CHECK (size_bytes >= 0),
     restorable_until timestamptz,
     kept_until       timestamptz,
     removed_at       timestamptz,
     CHECK ((outcome IS NULL) = (finished_at IS NULL)),
     CHECK (outcome = 'succeeded' OR (size_bytes IS NULL AND restorable_until IS NULL AND kept_until IS NULL AND removed_at IS NULL))
   );
   COMMENT ON TABLE howdah.backup IS
     'Backups, by the clock of this server. No outcome: under way while a session holds the advisory lock of the row, else killed.';
   COMMENT ON COLUMN howdah.backup.outcome IS 'lost: found without an end when the next one of its kind began.';
   COMMENT ON COLUMN howdah.backup.restorable_until IS 'Of a backup with a log: the latest moment it can be restored to.';
   CREATE INDEX backup_by_kind ON howdah.backup (cluster, type, id);
   CREATE TABLE howdah.backup_verification (
     id          integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     cluster     text        NOT NULL CHECK (cluster <> ''),
     type        text        NOT NULL CHECK (type IN ('rds_auto', 'rds_snapshot', 'logical', 'cross_region')),
     taken_at    timestamptz NOT NULL,
     started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
     finished_at timestamptz,
     outcome     text        CHECK (outcome IN ('passed', 'failed', 'unverifiable', 'lost')),
     error_code  text,
     CHECK ((outcome IS NULL) = (finished_at IS NULL))
   );
   COMMENT ON TABLE howdah.backup_verification IS
     'Backups that were restored and compared. Unverifiable: it could not be tried, which is neither passed nor failed.';
   COMMENT ON COLUMN howdah.backup_verification.taken_at IS 'The moment whose data the backup has.';
   CREATE INDEX backup_verification_by_kind ON howdah.backup_verification (cluster, type, id);
   CREATE TABLE howdah.drill (
     id          integer          GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     scenario    text             NOT NULL CHECK (scenario <> ''),
     started_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
     finished_at timestamptz,
     outcome     text             CHECK (outcome IN ('passed', 'failed', 'lost')),
     error_code  text,
     rto_seconds double precision CHECK (rto_seconds >= 0),
     rpo_seconds double precision CHECK (rpo_seconds >= 0),
     CHECK ((outcome IS NULL) = (finished_at IS NULL))
   );
   COMMENT ON TABLE howdah.drill IS 'Disasters that were rehearsed, with what the recovery took and what it lost.';
   CREATE INDEX drill_by_scenario ON howdah.drill (scenario, id);
   CREATE TABLE howdah.backfill (
     id                 integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     name               text        NOT NULL UNIQUE CHECK (name <> ''),
     started_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
     finished_at        timestamptz,
     outcome            text        CHECK (outcome IN ('done', 'failed', 'interrupted')),
     error_code         text,
     rows_total         bigint      CHECK (rows_total >= 0),
     rows_done          bigint      NOT NULL DEFAULT 0,
     errors             bigint      NOT NULL DEFAULT 0,
     paused             text        CHECK (paused IN ('lag', 'locks', 'load')),
     last_batch_at      timestamptz,
     last_batch_rows    bigint,
     last_batch_seconds double precision,
     last_gap_seconds   double precision,
     CHECK ((outcome IS NULL) = (finished_at IS NULL))
   );
   COMMENT ON TABLE howdah.backfill IS 'Changes of data in batches; a batch and its progress here commit together.';
   COMMENT ON COLUMN howdah.backfill.last_gap_seconds IS 'From the end of the batch before, or the start, to the end of the last.';
   CREATE TABLE howdah.forgotten (
     record  text   NOT NULL,
     cluster text   NOT NULL,
     type    text   NOT NULL,
     outcome text   NOT NULL,
     count   bigint NOT NULL,
     PRIMARY KEY (record, cluster, type, outcome)
   );
   COMMENT ON TABLE howdah.forgotten IS 'How many old rows were deleted, so that counters never fall.';
   INSERT INTO howdah.ledger_version (version) VALUES (4);`,
]

/** Upgrades exclude each other by it ("howd" in ASCII): not only who holds the run lock makes a ledger. */
const UPGRADE_LOCK = 0x68_6f_77_64

/** The version of the ledger in the database; 0 when there is none. */
async function ledgerVersion(connection: Connection): Promise<number> {
  const { present } = await connection.row<{ present: boolean }>(
    `SELECT to_regclass('howdah.ledger_version') IS NOT NULL AS present`,
  )
  if (!present) return 0
  const { version } = await connection.row<{ version: number | null }>(
    'SELECT max(version) AS version FROM howdah.ledger_version',
  )
  return version ?? 0
}

/** The same, for who is going to read it. @throws HowdahError ledger-newer */
export async function knownLedgerVersion(connection: Connection): Promise<number> {
  const found = await ledgerVersion(connection)
  if (found > LEDGER_VERSION) throw new HowdahError('ledger-newer', { found, known: LEDGER_VERSION })
  return found
}

/**
 * Makes or upgrades the ledger, each version in a transaction of its own. Several at once are one after the other.
 * @throws HowdahError ledger-newer, privilege-missing
 */
export async function ensureLedger(connection: Connection): Promise<void> {
  if ((await knownLedgerVersion(connection)) === LEDGER_VERSION) return
  // Of the session and not of a transaction: one that has waited within it does not see yet which schemas were made meanwhile.
  await connection.run(`SELECT pg_advisory_lock(${UPGRADE_LOCK})`)
  try {
    const found = await knownLedgerVersion(connection)
    for (const upgrade of UPGRADES.slice(found)) await applyUpgrade(connection, upgrade)
  } finally {
    // A session that is lost has no lock any more.
    if (!connection.lost) await connection.run(`SELECT pg_advisory_unlock(${UPGRADE_LOCK})`)
  }
}

async function applyUpgrade(connection: Connection, upgrade: string): Promise<void> {
  try {
    await connection.transaction(() => connection.run(upgrade))
  } catch (error) {
    if (sqlstateOf(error) !== SQLSTATE.insufficientPrivilege) throw error
    const { user, database } = connection.target
    const grant = `GRANT CREATE ON DATABASE "${database}" TO "${user}"`
    const params = { user, action: 'create the schema howdah', reason: messageOf(error), grant }
    throw new HowdahError('privilege-missing', params, { cause: error, details: serverFields(error) })
  }
}
