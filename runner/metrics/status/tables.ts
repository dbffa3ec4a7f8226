import { formatBytes, formatCount } from '../../core/units.ts'
import { type Html, html, name } from './html.ts'
import type { DatabaseStatus, MigrationStatus, PoolerStatus } from './server-status.ts'
import { OLD } from './tiles.ts'
import { inWords } from './wording.ts'

const orUnknown = (value: number | null, say: (value: number) => string): string =>
  value === null ? 'unknown' : say(value)

/** More than this many databases are a number: the page is for reading. */
const MOST_DATABASES = 50

/** Every database of a server, one a row. */
export function databaseTable(databases: readonly DatabaseStatus[], id: string, old: boolean): Html {
  const shown = databases.slice(0, MOST_DATABASES)
  const more = databases.length - shown.length
  return html`<section class="panel" aria-labelledby="${id}-databases"><h3 id="${id}-databases">Databases${old && OLD}</h3>
<div class="scroll" role="region" aria-labelledby="${id}-databases" tabindex="0"><table>
<thead><tr><th scope="col">Database</th><th scope="col">Sessions</th><th scope="col">Longest transaction</th><th scope="col">Idle in transaction</th><th scope="col">Size</th><th scope="col">Migrations</th></tr></thead>
<tbody>${shown.map(
    ({
      name: database,
      sessions,
      longestTransactionSeconds,
      idleInTransactionSeconds,
      sizeBytes,
      migrations,
    }) =>
      html`<tr><th scope="row">${name(database)}</th><td>${orUnknown(sessions, formatCount)}</td><td>${orUnknown(longestTransactionSeconds, inWords)}</td><td>${orUnknown(idleInTransactionSeconds, inWords)}</td><td>${orUnknown(sizeBytes, formatBytes)}</td><td>${migrationCell(migrations)}</td></tr>
`,
  )}</tbody></table></div>${more > 0 && html`<p class="quiet">And ${formatCount(more)} more, in <a href="/status.json">/status.json</a>.</p>`}</section>`
}

function migrationCell(migrations: MigrationStatus | null): Html {
  if (migrations === null) return html`not watched`
  const { applied, pending, failed, running } = migrations
  if (applied === null || pending === null || failed === null) return html`unknown`
  const notes = [
    failed > 0 && html`<span class="critical">✕ ${formatCount(failed)} failed</span>`,
    running && html`<span>running</span>`,
    pending > 0 && html`<span class="warning">! ${formatCount(pending)} pending</span>`,
    html`<span>${formatCount(applied)} applied</span>`,
  ].filter(note => note !== false)
  return html`${notes.flatMap((note, at) => (at === 0 ? [note] : [html`, `, note]))}`
}

export function poolerTable(poolers: readonly PoolerStatus[], id: string): Html {
  return html`<section class="panel" aria-labelledby="${id}-poolers"><h3 id="${id}-poolers">PgBouncer</h3>
<div class="scroll" role="region" aria-labelledby="${id}-poolers" tabindex="0"><table>
<thead><tr><th scope="col">Console</th><th scope="col">State</th><th scope="col">Clients waiting</th><th scope="col">Longest wait</th></tr></thead>
<tbody>${poolers.map(
    pooler =>
      html`<tr><th scope="row">${name(pooler.name)}</th><td>${pooler.up ? html`<span class="good">✓ answers</span>` : html`<span class="critical">✕ away</span>`}</td><td>${orUnknown(pooler.clientsWaiting, formatCount)}</td><td>${orUnknown(pooler.longestWaitSeconds, inWords)}</td></tr>
`,
  )}</tbody></table></div></section>`
}
