import { Client } from 'pg'
import type { ReleaseStack } from '../../runner/core/release-stack.ts'
import { untilTrue } from './collectors.ts'
import { execute, type Major } from './postgres.ts'
import { type ReplicaPair, startReplicaPair } from './replica-pair.ts'

/** A pair on which everything is under way at once that has series of its own; it lasts until `releases` ends it. */
export async function startPairWhereEverythingHappens(
  major: Major,
  releases: ReleaseStack,
): Promise<ReplicaPair> {
  const pair = await startReplicaPair(major, releases, {
    archive_mode: 'on',
    autovacuum_naptime: '1s',
    max_slot_wal_keep_size: '1GB',
    max_standby_streaming_delay: '0',
    shared_preload_libraries: 'pg_stat_statements',
    track_io_timing: 'on',
    wal_level: 'logical',
    ...(major >= 18 && { track_cost_delay_timing: 'on' }),
  })
  const { primary } = pair
  await execute(
    primary,
    `ALTER SYSTEM SET archive_command = 'true'`,
    'SELECT pg_reload_conf()',
    'SELECT pg_stat_reset()',
    'CREATE EXTENSION pg_stat_statements',
    'CREATE ROLE limited CONNECTION LIMIT 3',
    'ALTER DATABASE postgres CONNECTION LIMIT 50',
    'CREATE TABLE t (i int PRIMARY KEY, x text)',
    'ALTER TABLE t ALTER x SET STORAGE EXTERNAL',
    `INSERT INTO t SELECT i, repeat('x', 3000) FROM generate_series(1, 2000) i`,
    'VACUUM ANALYZE t',
    'SET enable_seqscan = off; SET enable_bitmapscan = off',
    'SELECT FROM t WHERE i = 1',
    'CREATE INDEX broken ON t (i)',
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass`,
    'CREATE TABLE vacuumed (i int) WITH (autovacuum_enabled = off)',
    'INSERT INTO vacuumed SELECT i FROM generate_series(1, 200000) i',
    'DELETE FROM vacuumed WHERE i > 100000',
    'CREATE TABLE auto (i int) WITH (autovacuum_vacuum_threshold = 1, autovacuum_analyze_threshold = 1)',
    'INSERT INTO auto SELECT i FROM generate_series(1, 1000) i',
    'DELETE FROM auto WHERE i > 10',
    'CREATE SEQUENCE nearly AS smallint',
    `SELECT setval('nearly', 30000)`,
    `SELECT pg_create_logical_replication_slot('decoded', 'pgoutput')`,
    `CREATE SUBSCRIPTION s CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, enabled = false, create_slot = false, slot_name = NONE)`,
    'SELECT pg_switch_wal()',
  )
  await untilTrue(primary, 'SELECT archived_count > 0 FROM pg_stat_archiver')
  await execute(
    primary,
    `ALTER SYSTEM SET archive_command = 'false'`,
    'SELECT pg_reload_conf()',
    'INSERT INTO t VALUES (0)',
    'SELECT pg_switch_wal()',
  )
  await untilTrue(primary, 'SELECT failed_count > 0 FROM pg_stat_archiver')
  await untilTrue(
    primary,
    `SELECT last_autovacuum IS NOT NULL AND last_autoanalyze IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'auto'`,
  )
  const begin = async (...statements: readonly string[]) => {
    const client = new Client(primary)
    client.on('error', () => undefined)
    await client.connect()
    releases.push('ending a session', () => client.end())
    for (const statement of statements.slice(0, -1)) await client.query(statement)
    return client.query(statements.at(-1) ?? '')
  }
  await execute(primary, 'CREATE TABLE built (i int)')
  await begin('BEGIN', 'INSERT INTO built VALUES (1)')
  begin('CREATE INDEX CONCURRENTLY being_built ON built (i)').catch(() => undefined)
  await untilTrue(primary, 'SELECT count(*) > 0 FROM pg_stat_progress_create_index')
  // A page costs 20 of 1, so that it sleeps 100 ms after each.
  begin('SET vacuum_cost_delay = 100', 'SET vacuum_cost_limit = 1', 'VACUUM vacuumed').catch(() => undefined)
  await untilTrue(primary, `SELECT count(*) > 0 FROM pg_stat_progress_vacuum WHERE phase = 'scanning heap'`)
  return pair
}
