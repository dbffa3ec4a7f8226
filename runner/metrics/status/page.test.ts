import { expect, test } from 'vitest'
import { gauge } from '../exposition/metric.ts'
import type { Snapshot } from '../exposition/snapshot.ts'
import { History } from './history.ts'
import { statusPage } from './page.ts'
import { type Known, serverStatus } from './server-status.ts'

const NOW = 1_800_000_000
type Row = readonly [name: string, value: number, labels?: Readonly<Record<string, string>>]

const snapshot = (...rows: readonly Row[]): Snapshot =>
  rows.map(([name, value, labels = {}]) => ({
    name,
    definition: gauge('A test.'),
    samples: [{ labels, value }],
  }))

const known = (rows: readonly Row[], given: Partial<Known> = {}): Known => {
  const last = { snapshot: snapshot(['pg_up', 1], ...rows), at: NOW - 2, down: null }
  return {
    name: 'db:5432/app',
    history: new History().view(NOW),
    last,
    lastUp: last,
    poolers: [],
    awaySince: null,
    ...given,
  }
}

const page = (...servers: readonly Known[]) =>
  statusPage({ version: '1.0.0', servers: servers.map(serverStatus), now: NOW, refresh: true })

/** What a reader sees, without what is between `<` and `>`. */
const words = (html: string) =>
  html
    .replace(/<(style|title)>[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

test('what nobody measured is unknown and never 0', () => {
  const text = words(page(known([])))
  for (const title of ['Connections', 'Longest transaction', 'Blocked sessions', 'Replication lag'])
    expect(text).toContain(`${title} unknown`)
  expect(text).toContain('Role unknown')
  expect(text).toContain('no backup on record')
  expect(text).toContain('Cannot be judged')
  expect(text).toContain('PgConnectionsHigh , PgBlockingChainDeep')
})

test('what a collector measures that failed cannot be judged, and that is said', () => {
  const text = words(page(known([['pg_scrape_collector_success', 0, { collector: 'invalid-indexes' }]])))
  expect(text).toContain('invalid-indexes : This collector failed')
  expect(text).toContain('PgIndexInvalid (the collector invalid-indexes failed)')
})

test('what a collector measures that had no turn yet cannot be judged, and nothing has failed', () => {
  const text = words(page(known([['pg_scrape_collector_pending', 1, { collector: 'invalid-indexes' }]])))
  expect(text).toContain('PgIndexInvalid (the collector invalid-indexes has not had its turn yet)')
  expect(text).not.toContain('This collector failed')
})

test('hidden sessions make the longest transaction unknown', () => {
  const age: Row = ['pg_stat_activity_max_tx_duration', 3, { datname: 'app', state: 'active' }]
  const hidden = (sessions: number): Row => [
    'pg_stat_activity_count',
    sessions,
    { datname: 'app', state: 'hidden' },
  ]
  expect(words(page(known([age, hidden(0)])))).toContain('Longest transaction 3 s')
  expect(words(page(known([age, hidden(1)])))).toContain('Longest transaction unknown')
})

test('a critical condition stands before a warning, and instead of its milder twin', () => {
  const { firing } = serverStatus(
    known([
      ['pg_blocked_sessions', 6],
      ['pg_stat_activity_count', 96, { datname: 'app', state: 'idle' }],
      ['pg_connection_limit_effective', 100],
    ]),
  ).conditions
  expect(firing.map(({ alert }) => alert)).toEqual(['PgConnectionsExhausted', 'PgBlockedSessions'])
})

test('backups say when the last one succeeded and was verified, and that an attempt failed', () => {
  const of = { type: 'logical' }
  const backup: readonly Row[] = [
    ['howdah_backup_last_success_timestamp_seconds', NOW - 3 * 3600, of],
    ['howdah_backup_last_verified_timestamp_seconds', 0, of],
    ['howdah_backup_last_status', 0, of],
  ]
  const text = words(page(known(backup)))
  expect(text).toContain('Last backup 3 h ago Never verified. ✕ The last attempt failed.')
})

test('while the server is away the last known values are marked as old, with since when and why', () => {
  const lastUp = { snapshot: snapshot(['pg_up', 1], ['pg_blocked_sessions', 2]), at: NOW - 20 }
  const last = { snapshot: snapshot(['pg_up', 0]), at: NOW - 1, down: 'no Postgres answers' }
  const text = words(page(known([], { last, lastUp, awaySince: NOW - 5 })))
  expect(text).toContain('The server does not answer , first noticed 2027-01-15 07:59:55 UTC (5 s ago)')
  expect(text).toContain('no Postgres answers')
  expect(text).toContain('What stands below is old: measured 2027-01-15 07:59:40 UTC , 20 s ago.')
  expect(text).toContain('Blocked sessions (old) 2')
  expect(text).not.toContain('Cannot be judged')
})

test('a server that is up and was measured long ago is slow, and what stands there is old', () => {
  const since = (seconds: number) => {
    const last = {
      snapshot: snapshot(['pg_up', 1], ['pg_blocked_sessions', 0]),
      at: NOW - seconds,
      down: null,
    }
    return words(page(known([], { last, lastUp: last })))
  }
  expect(since(30)).not.toContain('old')
  expect(since(31)).toContain('The server is slow to answer. What stands below is old')
  expect(since(31)).toContain('Blocked sessions (old) 0')
})

test('of very many conditions the first are listed and the others counted, and a command is set as one', () => {
  const index = (n: number): Row => [
    'pg_index_invalid',
    1,
    { datname: 'app', schemaname: 'public', indexrelname: `i${n}` },
  ]
  const html = page(known(Array.from({ length: 25 }, (_, n) => index(n))))
  expect(html.match(/<li>/g)).toHaveLength(20)
  expect(words(html)).toContain('And 5 more, in /status.json')
  expect(html).toContain('<code>howdah migrate repair</code> mends it.')
})

test('before anything was measured it says so, and does not say that nothing is wrong', () => {
  const text = words(page(known([], { last: undefined, lastUp: undefined })))
  expect(text).toContain('Nothing was measured yet')
  for (const claim of ['no condition', '(old)']) expect(text).not.toContain(claim)
})

test('names of any kind are text, keep to their place, and cannot turn the line around', () => {
  const hostile = `x"></title><script>alert('1')</script>\u202egnp.exe\u0000&amp;`
  const html = page(
    known(
      [
        ['pg_stat_activity_count', 1, { datname: hostile, state: 'idle' }],
        ['pg_index_invalid', 1, { datname: hostile, schemaname: hostile, indexrelname: hostile }],
        ['pgbouncer_up', 0, { pooler: hostile }],
      ],
      { name: hostile },
    ),
  )
  expect(html).not.toContain('<script')
  for (const character of ['\u0000', '\u202e']) expect(html).not.toContain(character)
  expect(html).toContain(
    'x&quot;&gt;&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\ufffdgnp.exe\ufffd&amp;amp;',
  )
})

test('no attribute carries a style or runs anything', () => {
  expect(page(known([['pg_blocked_sessions', 6]]))).not.toMatch(/<[^>]+ (style|on\w+)=/)
})

test('the page comes back by itself only where that was asked for', () => {
  const still = statusPage({ version: '1', servers: [], now: NOW, refresh: false })
  expect(page(known([]))).toContain('<meta http-equiv="refresh" content="15">')
  expect(still).not.toContain('http-equiv')
})
