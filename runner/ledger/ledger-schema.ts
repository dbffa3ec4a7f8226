import { HowdahError, messageOf } from '../core/errors.ts'
import type { Connection } from '../postgres/connect.ts'
import { SQLSTATE, serverFields, sqlstateOf } from '../postgres/sqlstate.ts'

/** The version of our schema that this runner reads and writes. */
const LEDGER_VERSION = 3

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
]

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
 * Makes or upgrades the ledger, each version in a transaction of its own. The caller holds the run lock.
 * @throws HowdahError ledger-newer, privilege-missing
 */
export async function ensureLedger(connection: Connection): Promise<void> {
  const found = await knownLedgerVersion(connection)
  for (const upgrade of UPGRADES.slice(found)) {
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
}
