import { describe, expect, test } from 'vitest'
import { execute, MAJORS } from '../harness/postgres.ts'
import { startPair } from '../harness/replica-pair.ts'
import { ask, ofServers, questionsNamed, states } from './runbooks-questions.ts'
import { monitorUrl, one, session } from './runbooks-troubled-database.ts'

describe.each(MAJORS)('the questions of the runbooks, on Postgres %i', major => {
  test('show a replica that is paused or cancels queries, an archive that fails, and settings that wait', async () => {
    const failing = { archive_mode: 'on', archive_command: 'false', max_standby_streaming_delay: '100ms' }
    const { primary, replica } = await startPair(major, failing)
    const asMonitor = (url: string) =>
      Object.assign(new URL(monitor), { port: new URL(url).port, pathname: '/postgres' }).href
    await execute(
      primary,
      'CREATE TABLE t (a int)',
      'INSERT INTO t SELECT generate_series(1, 100)',
      "ALTER SYSTEM SET max_connections = '77'",
      'SELECT pg_reload_conf()',
    )
    const monitor = await monitorUrl(primary, 'howdah_monitor')
    const position = String(await one(primary, 'SELECT pg_current_wal_lsn()'))
    const replayed = (lsn: string) => one(replica, `SELECT pg_last_wal_replay_lsn() >= '${lsn}'`)
    await expect.poll(() => replayed(position), { timeout: 20_000 }).toBe(true)

    const reader = await session(replica)
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t')
    await execute(primary, 'DELETE FROM t', 'VACUUM t')
    const conflicts = async () =>
      (await ask(asMonitor(replica), questionsNamed('replica-conflicts'))).get('replica-conflicts')
    await expect
      .poll(async () => (await conflicts())?.rows.map(({ snapshot }) => snapshot), { timeout: 20_000 })
      .toContain('1')

    await execute(replica, 'SELECT pg_wal_replay_pause()')
    await execute(primary, 'INSERT INTO t SELECT generate_series(1, 10000)')
    await execute(primary, 'SELECT pg_switch_wal()')
    const onReplica = await ask(
      asMonitor(replica),
      ofServers.filter(({ runOn }) => runOn !== 'primary'),
    )
    expect(Object.keys(states(onReplica)).sort()).toEqual(
      // Needs the extension, which this server does not load.
      ofServers.filter(({ sql }) => sql.includes('pg_stat_statements')).map(({ name }) => name),
    )
    expect(onReplica.get('replica-state')?.rows).toMatchObject([{ receiver: 'streaming', paused: 't' }])
    expect(onReplica.get('server-identity')?.rows).toMatchObject([{ in_recovery: 't' }])
    const onPrimary = async () =>
      ask(
        asMonitor(primary),
        questionsNamed('replication-senders', 'archiver', 'wal-directory', 'settings-pending'),
      )
    const failures = async () => Number((await onPrimary()).get('archiver')?.rows[0]?.failed_count)
    await expect.poll(failures, { timeout: 20_000 }).toBeGreaterThan(0)
    const answers = await onPrimary()
    expect(answers.get('replication-senders')?.rows).toMatchObject([
      { application_name: 'howdah_replica', state: 'streaming' },
    ])
    expect(answers.get('replication-senders')?.rows[0]?.unreplayed).not.toBe('0 bytes')
    expect(Number(answers.get('wal-directory')?.rows[0]?.to_archive)).toBeGreaterThan(0)
    expect(answers.get('settings-pending')?.rows.map(({ name }) => name)).toContain('max_connections')
  })
})
