import { Client } from 'pg'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { CHROMIUM, launchChromium, NO_CHROMIUM, visit } from '../harness/browser.ts'
import { roleWith, untilTrue } from '../harness/collectors.ts'
import { handClock } from '../harness/exporter.ts'
import { serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'

const title = CHROMIUM ? 'the status page in Chromium' : `the status page in Chromium (${NO_CHROMIUM})`

describe.skipIf(!CHROMIUM)(title, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  /** Opens a page of its own, whose complaints the test has to look at. */
  async function open(url: string, options: Parameters<typeof visit>[1] = {}) {
    const visited = await visit(browser, options)
    onTestFinished(() => visited.page.context().close())
    await visited.page.goto(url)
    return visited
  }

  test('without JavaScript it has its headings, tables and words, asks for nothing else, and nothing is complained of', async () => {
    await using database = await createDatabase()
    const { url } = await serveMetrics(database.url)
    const { page, requests, complaints } = await open(url)
    expect(requests).toEqual([`${url}/`])
    expect(complaints).toEqual([])
    expect(await page.title()).toContain(database.name)
    const tree = await page.locator('body').ariaSnapshot()
    expect(tree).toMatch(/^- banner:/m)
    expect(tree).toMatch(/^- main:/m)
    expect(tree).toMatch(/^- contentinfo:/m)
    expect(tree).toContain('heading "Howdah database status" [level=1]')
    expect(tree).toMatch(new RegExp(`heading ".*${database.name}" \\[level=2\\]`))
    for (const heading of ['Conditions now', 'Connections', 'Blocked sessions', 'Last backup', 'Databases'])
      expect(tree).toContain(`heading "${heading}" [level=3]`)
    for (const column of ['Database', 'Sessions', 'Longest transaction', 'Migrations'])
      expect(tree).toContain(`columnheader "${column}"`)
    expect(tree).toContain(`rowheader "${database.name}"`)
    expect(tree).toMatch(/img "Connections: \d+, 1 of 60 min measured; now \d+"/)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
  })

  test('it follows the colour scheme', async () => {
    await using database = await createDatabase()
    const { url } = await serveMetrics(database.url)
    const { page, complaints } = await open(url, { javaScriptEnabled: true })
    const colours = () =>
      page.evaluate<string[]>(
        '(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.body))',
      )
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await colours()).toEqual(['rgb(246, 245, 241)', 'rgb(29, 33, 37)'])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await colours()).toEqual(['rgb(20, 23, 26)', 'rgb(231, 232, 230)'])
    expect(complaints).toEqual([])
  })

  test('a blocked session is there after a reload, and who reads with the keyboard gets to every link', async () => {
    await using database = await createDatabase()
    await execute(database.url, 'CREATE TABLE t (a int)')
    const { clock, pass } = handClock()
    const { url } = await serveMetrics(database.url, { runtime: quietRuntime({ clock }) })
    const { page } = await open(`${url}/?refresh=off`, { javaScriptEnabled: true })
    const blocked = page.getByRole('img', { name: /^Blocked sessions/ })
    const nowIn = async () => Number(/now (\d+)/.exec((await blocked.getAttribute('aria-label')) ?? '')?.[1])
    const before = await nowIn()
    for (const statements of [['BEGIN', 'LOCK TABLE t'], []]) {
      const client = new Client(database.url)
      client.on('error', () => undefined)
      await client.connect()
      onTestFinished(() => client.end())
      for (const statement of statements) await client.query(statement)
      if (statements.length === 0) client.query('SELECT * FROM t').catch(() => undefined)
    }
    await untilTrue(
      database.url,
      `SELECT count(*) = 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted AND datname = $1`,
      [database.name],
    )
    pass(6)
    await page.reload()
    // Other tests may block sessions of the same server, never fewer than ours.
    expect(before).not.toBeNaN()
    expect(await nowIn()).toBeGreaterThanOrEqual(1)
    const links = await page.locator('a, [tabindex]').count()
    const reached = new Set<string>()
    for (let n = 0; n < links; n += 1) {
      await page.keyboard.press('Tab')
      const [place, outline] = await page.evaluate<[string, string]>(
        '[document.activeElement.outerHTML.slice(0, 60), getComputedStyle(document.activeElement).outlineStyle]',
      )
      expect(outline).toBe('solid')
      reached.add(place)
    }
    expect(reached.size).toBe(links)
  })

  test('names that are hostile or very long do nothing, and the page scrolls sideways at no width', async () => {
    await using database = await createDatabase()
    const hostile = `${database.name}<img src=x onerror=alert(1)>"'${'w'.repeat(20)}`
    await execute(database.adminUrl, `CREATE DATABASE "${hostile.replaceAll('"', '""')}" TEMPLATE template0`)
    onTestFinished(() =>
      execute(database.adminUrl, `DROP DATABASE "${hostile.replaceAll('"', '""')}" WITH (FORCE)`),
    )
    const role = new URL(await roleWith(database))
    // A role that may see little, so that what cannot be judged is on the page too.
    const watched = Object.assign(role, { pathname: `/${encodeURIComponent(hostile)}` }).href
    const { url } = await serveMetrics(watched)
    const { page, requests, complaints } = await open(url, { javaScriptEnabled: true })
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toContain(hostile)
    // 640 px at 200 % are 320; print is paper.
    for (const width of [320, 640, 1400]) {
      await page.setViewportSize({ width, height: 700 })
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width)
    }
    expect(await page.locator('img').count()).toBe(0)
    expect([requests, complaints]).toEqual([[`${url}/`], []])
  })

  test('the page comes anew by itself until the reader stops it', async () => {
    await using database = await createDatabase()
    const { url } = await serveMetrics(database.url)
    const { page } = await open(url)
    const refresh = page.locator('meta[http-equiv=refresh]')
    expect(await refresh.getAttribute('content')).toBe('15')
    await page.getByRole('link', { name: 'Stop that' }).click()
    expect(await refresh.count()).toBe(0)
    await page.getByRole('link', { name: 'every 15 s' }).click()
    expect(await refresh.count()).toBe(1)
  })

  test('a server that went away is said in words, and what stands there is called old', async () => {
    await using database = await createDatabase()
    await using proxy = await startTcpProxy(database.url)
    const { clock, pass } = handClock()
    const { url } = await serveMetrics(proxy.throughProxy(database.url), { runtime: quietRuntime({ clock }) })
    const { page, complaints } = await open(url)
    await proxy.stop()
    pass(6)
    await page.reload()
    expect(await page.getByRole('status').textContent()).toContain('The server does not answer')
    expect(await page.getByRole('heading', { name: 'Connections (old)' }).count()).toBe(1)
    expect(await page.title()).toMatch(/^away/)
    expect(complaints).toEqual([])
  })
})
