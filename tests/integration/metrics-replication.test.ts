import { describe, expect, test } from 'vitest'
import { replicationPrimary } from '../../runner/metrics/collectors/replication-primary.ts'
import { replicationReplica } from '../../runner/metrics/collectors/replication-replica.ts'
import { replicationSlots } from '../../runner/metrics/collectors/replication-slots.ts'
import { sequences } from '../../runner/metrics/collectors/sequences.ts'
import { subscriptions } from '../../runner/metrics/collectors/subscriptions.ts'
import { collectWith } from '../harness/collectors.ts'
import { valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { startPair } from '../harness/replica-pair.ts'

/** The slot `howdah up` makes for its replica, and the name it streams under. */
const SLOT = { slot_name: 'howdah_replica', slot_type: 'physical' }

describe.each(MAJORS)('on Postgres %i', major => {
  test('a subscription is there with its counters, to a role without privileges too', async () => {
    await using database = await createDatabase({ major })
    const off = 'connect = false, enabled = false, create_slot = false, slot_name = NONE'
    await execute(
      database.url,
      `CREATE SUBSCRIPTION "s ""1" CONNECTION 'dbname=nowhere password=canary' PUBLICATION p WITH (${off})`,
    )
    const role = `r_${database.name}`
    await execute(database.adminUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
    const asRole = Object.assign(new URL(database.url), { username: role, password: 'x' }).href
    const found = [await collectWith(subscriptions, database.url), await collectWith(subscriptions, asRole)]
    await execute(database.url, 'DROP SUBSCRIPTION "s ""1"', `DROP ROLE ${role}`)
    for (const series of found) {
      const labels = { datname: database.name, subname: 's "1' }
      expect(valueIn(series, 'pg_stat_subscription_enabled', labels)).toBe(0)
      expect(valueIn(series, 'pg_stat_subscription_apply_errors_total', labels)).toBe(0)
      expect(valueIn(series, 'pg_stat_subscription_received_lag_bytes', labels)).toBeUndefined()
      const conflicts = series.filter(({ name }) => name === 'pg_stat_subscription_conflicts_total')
      expect(conflicts.length).toBe(major >= 18 ? 7 : 0)
      expect(JSON.stringify(series)).not.toContain('canary')
    }
  })

  test('lag is 0 on a replica that follows an idle primary, and rises while replay is paused or replication is broken', async () => {
    const { primary, replica, restartReplica } = await startPair(major)
    const lag = async () =>
      valueIn(await collectWith(replicationReplica, replica), 'pg_replication_lag_seconds')
    const rows = async () => (await query<{ n: number }>(replica, 'SELECT count(*)::int AS n FROM t'))[0]?.n
    await execute(
      primary,
      'CREATE TABLE t (a int)',
      'CREATE UNLOGGED TABLE u (a serial)',
      'INSERT INTO t VALUES (1)',
    )
    await expect.poll(() => rows().catch(() => 0), { timeout: 10_000 }).toBe(1)

    // Idle for a while: the time since the last replayed commit rises (D2), the lag does not.
    await new Promise(resolve => setTimeout(resolve, 1100))
    const idle = await collectWith(replicationReplica, replica)
    expect(valueIn(idle, 'pg_replication_lag_seconds')).toBe(0)
    expect(valueIn(idle, 'pg_replication_last_replay_seconds')).toBeGreaterThan(1)
    expect(valueIn(idle, 'pg_stat_wal_receiver_up')).toBe(1)
    const sender = await collectWith(replicationPrimary, primary)
    const receiver = { application_name: 'howdah_replica', client_addr: '127.0.0.1/32' }
    expect(valueIn(sender, 'pg_stat_replication_replay_lag_bytes', receiver)).toBe(0)
    expect(valueIn(sender, 'pg_stat_replication_replay_lag_seconds', receiver)).toBeGreaterThanOrEqual(0)
    expect(
      valueIn(sender, 'pg_stat_replication_pg_wal_lsn_diff', { ...receiver, slot_name: 'howdah_replica' }),
    ).toBe(0)
    expect(valueIn(sender, 'pg_replication_streaming_replicas')).toBe(1)
    const slot = await collectWith(replicationSlots, primary)
    expect(valueIn(slot, 'pg_replication_slots_active', SLOT)).toBe(1)
    expect(valueIn(slot, 'pg_replication_slots_inactive_seconds', SLOT)).toBe(major >= 17 ? 0 : undefined)
    // An unlogged sequence has no content here: it is unknown and costs the others nothing.
    expect(valueIn(await collectWith(sequences, replica), 'pg_sequence_unreadable_count')).toBe(1)

    await execute(replica, 'SELECT pg_wal_replay_pause()')
    await execute(primary, 'INSERT INTO t VALUES (2)')
    await expect.poll(lag, { timeout: 10_000 }).toBeGreaterThan(0)
    const paused = await collectWith(replicationReplica, replica)
    expect(valueIn(paused, 'pg_replication_replay_paused')).toBe(1)
    expect(valueIn(paused, 'pg_replication_replay_pending_bytes')).toBeGreaterThan(0)
    expect(valueIn(paused, 'pg_stat_wal_receiver_up')).toBe(1)
    await execute(replica, 'SELECT pg_wal_replay_resume()')
    await expect.poll(lag, { timeout: 10_000 }).toBe(0)

    // Restarted: it knows of no commit it replayed, and follows.
    await restartReplica()
    await expect.poll(lag, { timeout: 10_000 }).toBe(0)

    // Broken (D1): all that arrived is replayed, and the primary goes on.
    await execute(
      primary,
      'ALTER ROLE howdah_replicator NOLOGIN',
      'SELECT pg_terminate_backend(pid) FROM pg_stat_replication',
    )
    await expect
      .poll(async () => valueIn(await collectWith(replicationReplica, replica), 'pg_stat_wal_receiver_up'))
      .toBe(0)
    await execute(primary, 'INSERT INTO t SELECT i FROM generate_series(1, 1000) i')
    const broken = await collectWith(replicationReplica, replica)
    expect(valueIn(broken, 'pg_replication_replay_pending_bytes')).toBe(0)
    expect(valueIn(broken, 'pg_replication_lag_seconds')).toBeGreaterThan(0)
    expect(await rows()).toBe(2)
    expect(valueIn(await collectWith(replicationPrimary, primary), 'pg_replication_streaming_replicas')).toBe(
      0,
    )
    const kept = await collectWith(replicationSlots, primary)
    expect(valueIn(kept, 'pg_replication_slots_active', SLOT)).toBe(0)
    expect(valueIn(kept, 'pg_replication_slots_retained_bytes', SLOT)).toBeGreaterThan(1000)
    expect(valueIn(kept, 'pg_replication_slots_wal_status', { ...SLOT, wal_status: 'reserved' })).toBe(1)
    expect(valueIn(kept, 'pg_replication_slots_invalidated', { ...SLOT, reason: '' })).toBe(0)
    if (major >= 17) expect(valueIn(kept, 'pg_replication_slots_inactive_seconds', SLOT)).toBeGreaterThan(0)

    // The log it needs is taken away: the slot is lost, and says why.
    await execute(
      primary,
      `ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'`,
      'SELECT pg_reload_conf()',
      'SELECT pg_switch_wal()',
      'INSERT INTO t VALUES (3)',
      'SELECT pg_switch_wal()',
      'INSERT INTO t VALUES (4)',
      'SELECT pg_switch_wal()',
      'CHECKPOINT',
    )
    const lost = await collectWith(replicationSlots, primary)
    const reason = 'wal_removed'
    expect(valueIn(lost, 'pg_replication_slots_invalidated', { ...SLOT, reason })).toBe(1)
    expect(valueIn(lost, 'pg_replication_slots_retained_bytes', SLOT)).toBeUndefined()
  })
})
