import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Where distributions put it; playwright-core brings no browser of its own. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
]

export const CHROMIUM = PLACES.find(place => existsSync(place))
export const NO_CHROMIUM = 'no Chromium on this machine; apt-get install chromium'

/** Root may not use Chromium's sandbox; the only pages it opens are ours. */
export function launchChromium(): Promise<Browser> {
  if (!CHROMIUM) throw new Error(NO_CHROMIUM)
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export interface Visit {
  readonly page: Page
  /** What the browser complained of: errors, violations of the policy, failed requests. */
  readonly complaints: readonly string[]
  /** Every address it asked for. */
  readonly requests: readonly string[]
}

/** A page without JavaScript of its own, as in a text browser, unless `options` say otherwise. */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ javaScriptEnabled: false, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', message => {
    if (message.type() !== 'info' && message.type() !== 'log') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('requestfailed', request => complaints.push(`${request.url()}: ${request.failure()?.errorText}`))
  page.on('request', request => requests.push(request.url()))
  return { page, complaints, requests }
}
