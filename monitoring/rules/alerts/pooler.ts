import { max, promql, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Threshold, type Thresholds } from '../thresholds.ts'

const waiting = (clients: number, seconds: number): Case => ({
  series: {
    'pgbouncer_pools_client_waiting_connections{pooler="p:6432",database="app",user="web"}': clients,
    'pgbouncer_pools_client_maxwait_seconds{pooler="p:6432",database="app",user="web"}': seconds,
  },
})

const waitAbove = (threshold: Threshold) =>
  promql`${sum(series('pgbouncer_pools_client_waiting_connections'), 'pooler', 'database')} > 0 and ${max(series('pgbouncer_pools_client_maxwait_seconds'), 'pooler', 'database')} > ${threshold}`

const clients = (active: number, waits: number): Case => ({
  series: {
    'pgbouncer_pools_client_active_connections{pooler="p:6432",database="app",user="web"}': active,
    'pgbouncer_pools_client_waiting_connections{pooler="p:6432",database="app",user="web"}': waits,
    'pgbouncer_config_max_client_connections{pooler="p:6432"}': 100,
  },
})

const saturation = (ratio: number): Case => ({
  series: { 'pgbouncer_pool_saturation_ratio{pooler="p:6432",database="app",user="web"}': ratio },
})

const stopped = (paused: 0 | 1, disabled: 0 | 1): Case => ({
  series: {
    'pgbouncer_databases_paused{pooler="p:6432",name="app",host="db",port="5432",database="app",pool_mode="transaction"}':
      paused,
    'pgbouncer_databases_disabled{pooler="p:6432",name="app",host="db",port="5432",database="app",pool_mode="transaction"}':
      disabled,
  },
})

/** PgBouncer. */
export const pooler = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgBouncerDown',
    expression: promql`${max(series('pgbouncer_up'), 'pooler')} == 0`,
    for: '1m',
    severity: 'critical',
    summary: 'PgBouncer at {{ $labels.pooler }} does not answer.',
    description:
      'Its console has not answered for a minute; applications that go through it have no database. Does its process run, and may the role that monitors (stats_users) enter?',
    proof: {
      // One of two is down, and the other does not hide it.
      fires: {
        series: { 'pgbouncer_up{pooler="p:6432"}': 0, 'pgbouncer_up{pooler="q:6432"}': 1 },
        labels: { pooler: 'p:6432' },
      },
      silent: [{ series: { 'pgbouncer_up{pooler="p:6432"}': 1 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgBouncerClientsWaiting',
    expression: waitAbove(t.poolerWaitSeconds),
    for: '1m',
    severity: 'warning',
    summary: 'Clients of {{ $labels.database }} wait for a connection of PgBouncer.',
    description:
      'Waiting at {{ $labels.pooler }}: {{ $value }}. Long transactions hold the connections of the pool, or it is too small.',
    proof: {
      fires: { ...waiting(1, 1.1), labels: { pooler: 'p:6432', database: 'app' } },
      silent: [waiting(1, 1), waiting(0, 60)],
      noData: 'silent',
    },
  },
  {
    name: 'PgBouncerClientsWaitingCritical',
    expression: waitAbove(t.poolerWaitCriticalSeconds),
    for: '2m',
    severity: 'critical',
    summary: 'Clients of {{ $labels.database }} wait long for a connection of PgBouncer.',
    description:
      'Waiting at {{ $labels.pooler }}: {{ $value }}. SHOW SERVERS on its console tells whether the connections are busy or cannot be opened.',
    proof: {
      fires: { ...waiting(1, 15.1), labels: { pooler: 'p:6432', database: 'app' } },
      silent: [waiting(1, 15), waiting(0, 600)],
      noData: 'silent',
    },
  },
  {
    name: 'PgBouncerClientLimit',
    expression: promql`(${sum(series('pgbouncer_pools_client_active_connections'), 'pooler')} + ${sum(series('pgbouncer_pools_client_waiting_connections'), 'pooler')}) / ${max(series('pgbouncer_config_max_client_connections'), 'pooler')} > ${t.poolerClients}`,
    for: '2m',
    severity: 'warning',
    summary: `More than ${percent(t.poolerClients)} of the clients that PgBouncer takes are connected.`,
    description:
      '{{ $value | humanizePercentage }} of max_client_conn at {{ $labels.pooler }}; beyond it clients are refused.',
    proof: {
      fires: { ...clients(41, 40), labels: { pooler: 'p:6432' } },
      silent: [clients(40, 40)],
      noData: 'silent',
    },
  },
  {
    name: 'PgBouncerPoolSaturated',
    expression: promql`${max(series('pgbouncer_pool_saturation_ratio'), 'pooler', 'database', 'user')} > ${t.poolSaturation}`,
    for: '5m',
    severity: 'warning',
    summary: 'The pool of {{ $labels.user }} in {{ $labels.database }} is nearly used up.',
    description:
      '{{ $value | humanizePercentage }} of its connections are busy at {{ $labels.pooler }}; the next clients wait.',
    proof: {
      fires: { ...saturation(0.91), labels: { pooler: 'p:6432', database: 'app', user: 'web' } },
      silent: [saturation(0.9)],
      noData: 'silent',
    },
  },
  {
    name: 'PgBouncerDatabasePaused',
    expression: promql`${max(series('pgbouncer_databases_paused'), 'pooler', 'name')} == 1 or ${max(series('pgbouncer_databases_disabled'), 'pooler', 'name')} == 1`,
    for: '10m',
    severity: 'critical',
    summary: 'PgBouncer lets nobody into {{ $labels.name }}.',
    description:
      'It is paused or disabled at {{ $labels.pooler }}. RESUME or ENABLE it on the console, once whoever stopped it is done.',
    proof: {
      fires: { ...stopped(1, 0), labels: { pooler: 'p:6432', name: 'app' } },
      also: [stopped(0, 1)],
      silent: [stopped(0, 0)],
      noData: 'silent',
    },
  },
]
