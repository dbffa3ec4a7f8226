import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Clock } from './clock.ts'
import { HowdahError, toHowdahError } from './errors.ts'
import { createLogger, silentLogger } from './log.ts'
import { poll } from './poll.ts'
import { createProgress, step } from './progress.ts'
import { withReleases } from './release-stack.ts'
import { Secret, withoutPassword } from './secret.ts'
import { formatBytes, formatDuration, plural } from './units.ts'

/** A clock whose time passes only when somebody sleeps. */
function manualClock(): Clock & { readonly slept: number[] } {
  let nowMs = 0
  const slept: number[] = []
  return {
    slept,
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      slept.push(ms)
      nowMs += ms
    },
  }
}

describe('polling', () => {
  const options = { budgetMs: 1000, firstPauseMs: 100, maxPauseMs: 300, random: () => 1 }

  test('stops at the first answer', async () => {
    const clock = manualClock()
    let calls = 0
    expect(await poll(async () => (++calls === 3 ? 'yes' : undefined), { ...options, clock })).toBe('yes')
    expect(clock.slept).toEqual([100, 150])
  })

  test('gives up when the budget is spent, with a last attempt at its end and none after', async () => {
    const clock = manualClock()
    const attempts: number[] = []
    expect(
      await poll(async () => void attempts.push(clock.monotonicMs()), { ...options, clock }),
    ).toBeUndefined()
    expect(attempts.at(-1)).toBe(1000)
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(300)
  })

  test('ends with the reason of an abort', async () => {
    const reason = new HowdahError('interrupted', { signal: 'SIGINT' })
    const aborted = AbortSignal.abort(reason)
    await expect(
      poll(async () => undefined, { ...options, clock: manualClock(), signal: aborted }),
    ).rejects.toBe(reason)
  })
})

describe('releases', () => {
  test('run in reverse, all of them, and the first error stays the error', async () => {
    const order: string[] = []
    const failure = new HowdahError('usage-invalid', { problem: 'the cause' })
    const work = withReleases(async releases => {
      releases.push('first', () => order.push('first'))
      releases.push('second', () => {
        order.push('second')
        throw new Error('no release')
      })
      releases.push('third', () => order.push('third'))
      throw failure
    })
    await expect(work).rejects.toBe(failure)
    expect(order).toEqual(['third', 'second', 'first'])
    expect(failure.cleanup).toEqual(['second: no release'])
  })

  test('a release that fails after good work is an error of its own', async () => {
    const work = withReleases(async releases => releases.push('it', () => Promise.reject(new Error('stuck'))))
    await expect(work).rejects.toMatchObject({ code: 'cleanup-failed', exit: 4 })
  })
})

describe('secrets', () => {
  test('print as [set] wherever they turn up', () => {
    const secret = new Secret('hunter2')
    const seen = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }),
    ].join()
    expect(seen).not.toContain('hunter2')
    expect(seen.match(/\[set\]/g)).toHaveLength(4)
    expect(secret.reveal()).toBe('hunter2')
  })

  test('a URL loses its password, also from its parameters', () => {
    expect(withoutPassword('postgresql://u:p%40ss@h:1/d?schema=s&sslpassword=x')).toBe(
      'postgresql://u@h:1/d?schema=s',
    )
    expect(withoutPassword('u:p@h')).not.toContain('p@h')
  })
})

describe('errors', () => {
  test('anything thrown becomes one, and what we did not foresee is a bug of ours', () => {
    expect(toHowdahError(new Error('x'))).toMatchObject({ code: 'internal-error', exit: 1 })
    expect(toHowdahError('x').message).toContain('x')
  })
})

describe('the log and progress', () => {
  test('are JSON lines with the run for programs', () => {
    const lines: string[] = []
    const log = createLogger({
      format: 'json',
      level: 'info',
      colours: false,
      runId: 'r',
      now: () => new Date(0),
      write: line => void lines.push(line),
    })
    log.debug('too.low', 'not shown')
    log.warn('some.thing', 'A sentence.', { durationMs: 5, password: new Secret('hunter2') })
    expect(lines.map(line => JSON.parse(line))).toEqual([
      {
        time: '1970-01-01T00:00:00.000Z',
        level: 'warn',
        event: 'some.thing',
        run: 'r',
        message: 'A sentence.',
        durationMs: 5,
        password: '[set]',
      },
    ])
  })

  test('a step on a terminal ends with its mark, and fits the line', async () => {
    let written = ''
    const write = (text: string) => {
      written += text
    }
    const terminal = { write, columns: () => 40 }
    const progress = createProgress({ log: silentLogger(), clock: manualClock(), terminal, colours: false })
    await step(
      progress,
      'Work',
      async current => current.update('x'.repeat(200)),
      () => 'all of it',
    )
    await expect(
      step(
        progress,
        'More',
        () => Promise.reject(new Error('no')),
        () => '',
      ),
    ).rejects.toThrow('no')
    const lines = written.split('\n')
    expect(lines[0]).toMatch(/✔ Work · all of it 0 ms$/)
    expect(lines[1]).toMatch(/✘ More 0 ms$/)
    for (const drawn of written.split('\r\x1b[K')) expect(drawn.trimEnd().length).toBeLessThanOrEqual(40)
  })
})

test('durations, sizes and counts read as people write them', () => {
  expect([0, 999, 1234, 61_000, 3_661_000].map(formatDuration)).toEqual([
    '0 ms',
    '999 ms',
    '1.2 s',
    '1 min 1 s',
    '1 h 1 min 1 s',
  ])
  expect([0, 512, 1024, 7_864_320, 2 ** 60].map(formatBytes)).toEqual([
    '0 B',
    '512 B',
    '1.0 KiB',
    '7.5 MiB',
    '1024 PiB',
  ])
  expect([plural(1, 'row'), plural(1234, 'row'), plural(2, 'index', 'indexes')]).toEqual([
    '1 row',
    '1,234 rows',
    '2 indexes',
  ])
})
