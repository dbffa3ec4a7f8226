/** What the page at `/` says. */
export interface LandingPage {
  readonly version: string
  /** Where the database is, without a password. */
  readonly database: string
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? character)
}

/** The page as HTML: no script, nothing from elsewhere. */
export function landingPage({ version, database }: LandingPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Howdah metrics</title>
<style>body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
</head>
<body>
<h1>Howdah metrics</h1>
<p>Howdah ${escapeHtml(version)}, watching <code>${escapeHtml(database)}</code>.</p>
<ul>
<li><a href="/metrics">/metrics</a>: what Prometheus scrapes</li>
<li><a href="/livez">/livez</a>: whether this process runs</li>
<li><a href="/readyz">/readyz</a>: whether the database answers</li>
</ul>
</body>
</html>
`
}
