import { formatCount } from '../../core/units.ts'
import { ALERT_LIMITS } from '../alert-limits.ts'
import type { SeriesKey } from './history.ts'
import { type Html, html } from './html.ts'
import type { BackupStatus, Facts, ServerStatus } from './server-status.ts'
import { sparkline } from './sparkline.ts'
import { ago, asNumber, asPercent, inWords } from './wording.ts'

const UNKNOWN = 'unknown'

/** Behind the heading of what was not measured just now. */
export const OLD = ' (old)'

const orUnknown = (value: number | null, say: (value: number) => string): string =>
  value === null ? UNKNOWN : say(value)

interface Tile {
  readonly title: string
  readonly value: string
  /** Behind the value, smaller. */
  readonly beside?: string
  readonly series: SeriesKey
  readonly say: (value: number) => string
  readonly least: number
  readonly limit?: number | undefined
}

/** The numbers of a server that move, each with its last hour. */
export function tiles({ facts, history }: ServerStatus, now: number, old: boolean): readonly Html[] {
  const rate = history.series.transactionsPerSecond.findLast(value => value !== null) ?? null
  const numbers: readonly Tile[] = [
    connections(facts),
    {
      title: 'Transactions per second',
      value: orUnknown(rate, asNumber),
      series: 'transactionsPerSecond',
      say: asNumber,
      least: 1,
    },
    {
      title: 'Longest transaction',
      value: orUnknown(facts?.longestTransactionSeconds ?? null, inWords),
      series: 'longestTransactionSeconds',
      say: inWords,
      least: 10,
      limit: ALERT_LIMITS.longTransactionSeconds,
    },
    blocked(facts),
    lag(facts),
  ]
  return [
    ...numbers.map(({ title, value, beside, series, ...rest }) => {
      const drawn = sparkline({
        subject: title,
        values: history.series[series],
        away: history.away,
        stepSeconds: history.stepSeconds,
        now: value,
        ...rest,
      })
      return html`<section class="panel tile"><h3>${title}${old && OLD}</h3><p class="value">${value}${beside && html` <small>${beside}</small>`}</p>${drawn}</section>`
    }),
    backupTile(facts?.backup ?? null, now, old),
  ]
}

function connections(facts: Facts | null): Tile {
  const { connections: used = null, connectionLimit: most = null } = facts ?? {}
  return {
    title: 'Connections',
    value: orUnknown(used, formatCount),
    beside:
      most === null
        ? 'of an unknown limit'
        : `of ${formatCount(most)}${used === null ? '' : ` (${asPercent(used / most)})`}`,
    series: 'connections',
    say: formatCount,
    least: most ?? 10,
    limit: most === null ? undefined : most * ALERT_LIMITS.connectionsHigh,
  }
}

function blocked(facts: Facts | null): Tile {
  const waiting = facts?.longestLockWaitSeconds ?? null
  return {
    title: 'Blocked sessions',
    value: orUnknown(facts?.blockedSessions ?? null, formatCount),
    ...(waiting !== null && waiting > 0 && { beside: `longest wait ${inWords(waiting)}` }),
    series: 'blockedSessions',
    say: formatCount,
    least: ALERT_LIMITS.blockedSessions + 1,
    limit: ALERT_LIMITS.blockedSessions,
  }
}

function lag(facts: Facts | null): Tile {
  const replica = facts?.role === 'replica'
  const streaming = facts?.streamingReplicas ?? null
  const following =
    streaming === null
      ? 'replicas unknown'
      : streaming === 1
        ? '1 replica streams'
        : `${streaming} replicas stream`
  return {
    title: 'Replication lag',
    value: orUnknown(facts?.lagSeconds ?? null, inWords),
    beside:
      facts === null || facts.role === null ? '' : replica ? 'behind the primary' : `primary; ${following}`,
    series: 'lagSeconds',
    say: inWords,
    least: 1,
    limit: ALERT_LIMITS.replicationLagSeconds,
  }
}

function backupTile(backup: BackupStatus | null, now: number, old: boolean): Html {
  if (backup === null)
    return html`<section class="panel tile"><h3>Last backup${old && OLD}</h3><p class="value words">no backup on record</p><p class="quiet">Nothing tells of a backup of this server, nor of its verification.</p></section>`
  const { lastSuccess, lastVerified, lastSucceeded } = backup
  return html`<section class="panel tile"><h3>Last backup${old && OLD}</h3><p class="value words">${lastSuccess === null ? 'none succeeded' : ago(now - lastSuccess)}</p>
<p class="quiet">${lastVerified === null ? 'Never verified' : `Last verified ${ago(now - lastVerified)}`}.</p>${
    lastSucceeded === false && html`<p class="critical"><b>✕ The last attempt failed.</b></p>`
  }</section>`
}
