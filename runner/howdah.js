#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import * as module from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/**
 * The command. In plain JavaScript, so that an older Node can still say what it lacks, and because Node takes the types out of
 * TypeScript everywhere but below `node_modules`, where this is when another project depends on it: there we do it for our own
 * files, and for nobody else's.
 */

const OLDEST_NODE = 24
const own = new URL('.', import.meta.url).href

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(
    `error[node-too-old] howdah needs Node ${OLDEST_NODE} or later; this is ${process.versions.node}\nhint Install a newer one: https://nodejs.org. In a project: npm install --save-dev node@${OLDEST_NODE}, and run it by npx.\n`,
  )
  process.exit(2)
}

/**
 * `howdah serve` runs for months beside what it watches. Scraped as fast as it answers, on 10,000 tables, it grew to 190 MB with
 * V8's young generation as it is (16 MiB), and to 135 MB with this; the median scrape takes 37 ms for 34. V8 has to be told at its start, and so has the
 * allocator: each thread that makes a page's buffers keeps an arena of its own, and with two for all of them it held 129 MiB for 147 after ten minutes of a
 * scrape every 1.5 s with 5,000 statements (glibc; elsewhere the variable means nothing).
 */
const SMALL = '--max-semi-space-size=4'

if (process.argv[2] === 'serve' && !process.execArgv.includes(SMALL) && process.platform !== 'win32') {
  const { emitWarning } = process
  // Experimental since Node 22.15.
  process.emitWarning = () => undefined
  const [node, ...args] = process.argv
  const { MALLOC_ARENA_MAX = '2' } = process.env
  process.execve?.(process.execPath, [node, SMALL, ...process.execArgv, ...args], {
    ...process.env,
    MALLOC_ARENA_MAX,
  })
  process.emitWarning = emitWarning
}

if (own.includes('/node_modules/')) {
  // Experimental is only the name of the function; the stripping is what Node itself does elsewhere.
  const { emitWarning } = process
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('stripTypeScriptTypes')) emitWarning.call(process, warning, ...rest)
  }
  module.registerHooks({
    load: (url, context, next) => {
      if (!url.startsWith(own) || !url.endsWith('.ts')) return next(url, context)
      const source = module.stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'))
      return { format: 'module', source, shortCircuit: true }
    },
  })
}

await import('./main.ts')
