// What the image's HEALTHCHECK runs, every few seconds: healthy is a `serve` that answers, and any other verb for as long as it runs.
// Plain JavaScript without dependencies: it has to cost less than what it watches.

import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import process from 'node:process'

const TIMEOUT_MS = 4000
const DEFAULT_PORT = 9187

const { HOWDAH_METRICS_PORT, HOWDAH_METRICS_WEB_CONFIG } = process.env
// The container's first process has the verb among its arguments, whatever stands between it and Node.
const serves = readFileSync('/proc/1/cmdline', 'utf8').split('\0').includes('serve')

if (serves) {
  const { get } = HOWDAH_METRICS_WEB_CONFIG ? https : http
  const request = get(
    {
      host: 'localhost',
      port: Number(HOWDAH_METRICS_PORT) || DEFAULT_PORT,
      path: '/livez',
      // Whether it answers is the question, not who it is: its certificate is made out to another name.
      rejectUnauthorized: false,
      timeout: TIMEOUT_MS,
    },
    response => process.exit(response.statusCode === 200 ? 0 : 1),
  )
  request.on('timeout', () => request.destroy(new Error('no answer')))
  // Who is asked for a client's certificate has been answered.
  request.on('error', error => process.exit(/^ERR_SSL/.test(String(error.code)) ? 0 : 1))
}
