import type { Condition } from './condition.ts'
import { type Html, html, name, sentence } from './html.ts'
import type { Facts, ServerStatus } from './server-status.ts'
import { databaseTable, poolerTable } from './tables.ts'
import { tiles } from './tiles.ts'
import { ago, inWords } from './wording.ts'

/** Older than this the facts of a server that answers are called old, in seconds: two rounds of the page. */
const OLD_SECONDS = 30

/** A hundred invalid indexes are a number; the critical conditions come first. */
const MOST_CONDITIONS = 20

export type Level = 'good' | 'warning' | 'critical'

/** How a server is, in one word and one sign. */
export function levelOf({ state, conditions: { firing } }: ServerStatus): Level {
  if (state === 'away' || firing.some(({ severity }) => severity === 'critical')) return 'critical'
  return state === 'unknown' || firing.length > 0 ? 'warning' : 'good'
}

const SIGNS: Readonly<Record<Level, string>> = { good: '✓', warning: '!', critical: '✕' }

export const counted = (conditions: readonly Condition[]): string =>
  conditions.length === 1 ? '1 condition' : `${conditions.length} conditions`

/** What stands in the pill, and in the title of the page. */
export function stateOf({ state, conditions: { firing } }: ServerStatus): string {
  if (state === 'away') return 'away'
  if (state === 'unknown') return 'not measured yet'
  return firing.length > 0 ? counted(firing) : 'no condition'
}

/** A moment for people and programs. */
export function time(seconds: number): Html {
  const iso = new Date(seconds * 1000).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}

/** One watched server: its state, what is the case, its numbers and its databases. */
export function serverSection(status: ServerStatus, now: number, index: number): Html {
  const id = `server-${index}`
  const level = levelOf(status)
  const { facts, poolers, measuredAt } = status
  const old = measuredAt !== null && (status.state !== 'up' || now - measuredAt > OLD_SECONDS)
  return html`<section class="server${old && ' old'}" aria-labelledby="${id}">
<div class="head"><h2 id="${id}">${name(status.name)}</h2><p class="state ${level}"><span aria-hidden="true">${SIGNS[level]} </span>${stateOf(status)}</p></div>
${facts && factList(facts, old ? (measuredAt ?? now) : now)}
${ageNotice(status, now, old)}
${conditionPanel(status, id)}
<div class="tiles">${tiles(status, now, old)}</div>
${facts && databaseTable(facts.databases, id, old)}
${poolers.length > 0 && poolerTable(poolers, id)}
</section>`
}

function factList({ role, version, startedAt }: Facts, now: number): Html {
  const running = startedAt === null ? 'unknown' : inWords(Math.max(0, now - startedAt))
  return html`<dl class="facts"><div><dt>Role</dt><dd>${role ?? 'unknown'}</dd></div><div><dt>Postgres</dt><dd>${version ?? 'unknown'}</dd></div><div><dt>Running for</dt><dd>${running}</dd></div></dl>`
}

/** When what stands below was measured; said aloud where it is not the present. */
function ageNotice({ state, reason, awaySince, measuredAt }: ServerStatus, now: number, old: boolean): Html {
  const measured = measuredAt !== null && html`measured ${time(measuredAt)}, ${ago(now - measuredAt)}`
  if (state === 'away')
    return html`<div class="notice critical" role="status"><p><b>✕ The server does not answer</b>${
      awaySince !== null && html`, first noticed ${time(awaySince)} (${ago(now - awaySince)})`
    }.</p><p>${reason}</p><p>${
      measured
        ? html`What stands below is old: ${measured}.`
        : 'It has not answered since this process began to watch it.'
    }</p></div>`
  if (!measured)
    return html`<div class="notice warning" role="status"><p><b>! Nothing was measured yet.</b> The first answer of the server is still awaited.</p></div>`
  if (old)
    return html`<div class="notice warning" role="status"><p><b>! The server is slow to answer.</b> What stands below is old: ${measured}.</p></div>`
  return html`<p class="quiet">As ${measured}.</p>`
}

function conditionPanel({ state, conditions: { firing, undecided } }: ServerStatus, id: string): Html {
  const more = firing.length - MOST_CONDITIONS
  const byReason = Map.groupBy(undecided, ({ reason }) => reason)
  const none =
    state === 'up' ? 'None, of those that one look can decide.' : 'Unknown while the server does not answer.'
  return html`<section class="panel" aria-labelledby="${id}-conditions"><h3 id="${id}-conditions">Conditions now</h3>
${firing.length > 0 ? html`<ul class="conditions">${firing.slice(0, MOST_CONDITIONS).map(condition)}</ul>${more > 0 && html`<p>And ${more} more, in <a href="/status.json">/status.json</a>.</p>`}` : html`<p>${none}</p>`}
${
  undecided.length > 0 &&
  html`<p><b class="warning">! Cannot be judged</b>: ${[...byReason].map(([reason, alerts], at) => html`${at > 0 && '; '}${alerts.map(({ alert }, n) => html`${n > 0 && ', '}<code>${alert}</code>`)} (${reason})`)}.</p>`
}
<p class="quiet">Conditions are what one look sees; the alert of the same name waits until it has held for a while.</p></section>`
}

function condition({ alert, severity, subject, sentence: text }: Condition): Html {
  return html`<li><span class="${severity}"><b><span aria-hidden="true">${SIGNS[severity]} </span>${severity}</b></span><div><p>${
    subject !== null && html`<b>${name(subject)}</b>: `
  }${sentence(text)}</p><p class="quiet"><code>howdah runbook ${alert}</code></p></div></li>`
}
