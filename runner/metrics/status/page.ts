import { Html, html } from './html.ts'
import { type Level, levelOf, serverSection, stateOf, time } from './server-section.ts'
import type { ServerStatus } from './server-status.ts'
import { STYLE } from './style.ts'

/** What the page shows. */
export interface StatusPage {
  readonly version: string
  readonly servers: readonly ServerStatus[]
  /** Unix time. */
  readonly now: number
  /** Whether the page comes back by itself. */
  readonly refresh: boolean
}

/** As often as Prometheus usually scrapes: the page then costs the database nothing of its own. */
const REFRESH_SECONDS = 15

/** A dot in the browser's tab; there the title tells the same in words. */
const ICON_COLOURS: Readonly<Record<Level, string>> = {
  good: '2f8f58',
  warning: 'c77d0a',
  critical: 'd33c3c',
}

function icon(level: Level): Html {
  const drawing = `%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3.5' fill='%23${ICON_COLOURS[level]}'/%3E%3C/svg%3E`
  return new Html(`<link rel="icon" href="data:image/svg+xml,${drawing}">`)
}

function worstOf(servers: readonly ServerStatus[]): Level {
  const levels = servers.map(levelOf)
  return levels.includes('critical') ? 'critical' : levels.includes('warning') ? 'warning' : 'good'
}

/** The page as HTML: no script, nothing from elsewhere. */
export function statusPage({ version, servers, now, refresh }: StatusPage): string {
  const title = servers.map(server => `${stateOf(server)} · ${server.name}`).join(', ')
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh && html`<meta http-equiv="refresh" content="${REFRESH_SECONDS}">`}
<title>${title}</title>
${icon(worstOf(servers))}
<style>${new Html(STYLE)}</style>
</head>
<body>
<div class="wrap">
<header class="top"><h1>Howdah database status</h1>
<p class="quiet">Page of ${time(now)}. <span class="controls">${
    refresh
      ? html`It comes anew every ${REFRESH_SECONDS} s. <a href="/?refresh=off">Stop that</a>`
      : html`It stays as it is. <a href="/?refresh=off">Look again</a> or <a href="/">every ${REFRESH_SECONDS} s</a>`
  }</span></p></header>
<main>${servers.map((server, index) => serverSection(server, now, index))}</main>
<footer><p class="quiet">The drawings show the last hour, as far as somebody looked: a scrape, or this page. Where nothing was measured they are empty. A dashed line is the limit of an alert.</p>
<p class="quiet">Howdah ${version} · <a href="/metrics">/metrics</a> for Prometheus · <a href="/status.json">/status.json</a> for programs · <a href="/livez">/livez</a> · <a href="/readyz">/readyz</a></p></footer>
</div>
</body>
</html>
`.text
}
