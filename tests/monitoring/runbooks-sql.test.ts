import { describe, expect, test } from 'vitest'
import { MAJORS } from '../harness/postgres.ts'
import { ask, ofServers, states } from './runbooks-questions.ts'
import { startTroubledDatabase } from './runbooks-troubled-database.ts'

const SKIPPED = 'skipped: this server is a primary; it is a question for a replica'

describe.each(MAJORS)('the questions of the runbooks, on Postgres %i', major => {
  test('are answered to the role for monitoring, and the answer shows the culprit', async () => {
    const trouble = await startTroubledDatabase(major)
    const { db, role, slot, worker, root, second, third, builder, vacuum, migration, queued, queuedBehind } =
      trouble
    expect(ofServers.length).toBeGreaterThan(35)
    const answers = await ask(trouble.monitorUrl, ofServers)
    expect(states(answers)).toEqual({ 'replica-conflicts': SKIPPED, 'replica-state': SKIPPED })
    const rows = (name: string) => answers.get(name)?.rows ?? []
    const ours = (name: string) => rows(name).filter(({ datname }) => datname === db.name)

    // Others share the server and may have chains of their own.
    const tree = ours('blocking-tree')
    expect(tree.map(({ pid }) => pid)).toEqual(
      expect.arrayContaining([`${root}`, `. ${second}`, `. . ${third}`, `. ${queued}`, `. ${queuedBehind}`]),
    )
    expect(tree.find(({ pid }) => pid === `${root}`)).toMatchObject({
      // With or without the build.
      behind: expect.stringMatching(/^[45]$/),
      state: 'idle in transaction',
    })
    // It waits for each writer in turn; for the prepared transaction by its id.
    expect(tree.find(({ pid }) => pid?.endsWith(` ${builder}`))?.wants).toMatch(
      /^ShareLock on (virtualxid|transactionid)$/,
    )
    expect(tree.find(({ pid }) => pid === `. ${queued}`)?.wants).toBe(
      'AccessExclusiveLock on relation public.parts',
    )
    expect(tree.find(({ pid }) => pid === `. . ${third}`)?.wants).toContain('ShareLock on transactionid')
    expect(ours('migration-sessions')).toMatchObject([{ pid: `${migration}`, run_lock: 't' }])
    expect(ours('oldest-transactions').map(({ pid }) => pid)).toContain(`${root}`)
    expect(ours('long-queries').map(({ pid }) => pid)).toEqual(
      expect.arrayContaining([`${second}`, `${third}`]),
    )
    expect(rows('waits')).toContainEqual({
      waits_for: 'Lock',
      event: 'transactionid',
      sessions: expect.anything(),
    })
    expect(ours('sessions')).toContainEqual(
      expect.objectContaining({ application_name: 'shop', state: 'idle in transaction', sessions: '1' }),
    )
    expect(rows('connection-limits')).toContainEqual({ limited: 'role', name: role, used: '1', most: '5' })
    expect(ours('locks-by-session').find(({ pid }) => pid === `${root}`)?.locks).toMatch(/^6\d$/)
    expect(ours('database-counters')).toHaveLength(1)
    expect(ours('checksum-failures')).toHaveLength(1)
    expect(rows('server-identity')).toMatchObject([{ in_recovery: 'f' }])
    expect(rows('slots')).toContainEqual(
      expect.objectContaining({ slot_name: slot, active: 'f', invalid: null }),
    )
    expect(rows('xmin-holders')).toContainEqual(
      expect.objectContaining({ held_by: 'prepared', which: `g_${db.name}` }),
    )
    expect(rows('xmin-holders')).toContainEqual(
      expect.objectContaining({ held_by: 'session', which: `${root}` }),
    )
    expect(ours('wraparound')).toHaveLength(1)
    expect(rows('oldest-tables')).toHaveLength(20)
    expect(rows('autovacuum-due')[0]).toMatchObject({ relname: 'big', dead: '10000', enabled: 'f' })
    expect(rows('not-analyzed')[0]).toMatchObject({ relname: 'big', changed: '10000', enabled: 'f' })
    expect(ours('vacuum-progress')).toMatchObject([{ pid: `${vacuum}`, relation: 'public.big' }])
    expect(rows('largest-relations')[0]).toMatchObject({ relation: 'public.big', kind: 'table' })
    expect(rows('sequential-scans')[0]).toMatchObject({ relname: 'big' })
    expect(ours('database-sizes')).toHaveLength(1)
    expect(rows('sequences').slice(0, 2)).toMatchObject([
      { sequencename: 'wide', used_percent: '95.0', sequence_type: 'bigint', feeds_column: 'ref' },
      { sequencename: 'orders_id_seq', used_percent: '93.1', feeds_column: 'id', column_type: 'integer' },
    ])
    expect(rows('unreadable-sequences')).toMatchObject([
      { sequence: 'unseen', asked_as: role, may_see_schema: 'f' },
    ])
    expect(rows('invalid-indexes')).toMatchObject([
      { index: 'big_id_key', built_by: null, is_unique: 't' },
      { index: 'orders_building', built_by: `${builder}` },
    ])
    expect(ours('index-builds')).toMatchObject([
      { pid: `${builder}`, phase: 'waiting for writers before build' },
    ])
    expect([worker, root, second, third].map(String)).toContain(ours('index-builds')[0]?.waits_for)
    expect(rows('unused-indexes').map(({ index }) => index)).toContain('orders_note_1')
    expect(rows('duplicate-indexes')).toMatchObject([
      { table: 'public.orders', indexes: '{orders_note_1,orders_note_2}', uniques: null },
    ])
    expect(rows('migration-history')[0]).toMatchObject({ migration_name: '2_broken', finished_at: null })
    expect(rows('migration-runs')[0]).toMatchObject({ verb: 'migrate deploy', outcome: 'failed' })
    expect(ours('temporary-files')[0]?.query).toContain('generate_series')
    for (const name of ['top-statements', 'slowest-statements']) expect(rows(name).length).toBeGreaterThan(0)
    expect(Number(rows('statement-evictions')[0]?.entries)).toBeGreaterThan(0)
    expect(rows('extension-updates')).toMatchObject([{ extension: 'pg_stat_statements', installed: '1.9' }])
    expect(rows('settings-changed').map(({ name }) => name)).toContain('shared_preload_libraries')
    expect(Number(rows('wal-directory')[0]?.segments)).toBeGreaterThan(0)
    expect(rows('wal-rate')[0]?.lasts).toBeTruthy()
    expect(rows('tls-sessions').length).toBeGreaterThan(0)
  })
})
