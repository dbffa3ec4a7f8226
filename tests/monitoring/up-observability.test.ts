import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { alertGroups } from '../../monitoring/rules/alerts/registry.ts'
import { CHECKOUT, startCli } from '../harness/cli.ts'
import { createHome, type TestHome } from '../harness/platform-home.ts'
import { pgbouncer } from '../harness/pooler.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

const where = (program: string) => {
  try {
    return execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
const prometheus = where('prometheus')
const alertmanager = where('alertmanager') ?? where('prometheus-alertmanager')

const UP = ['up', '--database', 'playground', '--observability', '--json', '--log-format', 'json', '--home']

async function running(home: TestHome, ...args: string[]) {
  const env = { PATH: process.env.PATH ?? '' }
  const verb = await startVerb([...UP, home.directory, ...args], env, CHECKOUT)
  onTestFinished(() => verb[Symbol.asyncDispose]())
  await listening(verb)
  const { urls } = JSON.parse(await readFile(join(home.directory, 'local.json'), 'utf8'))
  return { verb, urls: urls as Record<'prometheus' | 'alertmanager' | 'metrics', string> }
}

const ask = async <T>(address: URL): Promise<T> => (await fetch(address)).json() as Promise<T>

interface Named {
  readonly name: string
}

/** The series of an expression, as label `instance` and value. */
async function evaluate(url: string, expression: string): Promise<(readonly [string, string])[]> {
  const { data } = await ask<{
    data: { result: { metric: { instance: string }; value: [number, string] }[] }
  }>(new URL(`/api/v1/query?query=${encodeURIComponent(expression)}`, url))
  return data.result.map(({ metric, value }) => [metric.instance, value[1]] as const).sort()
}

describe.skipIf(!prometheus || !alertmanager || !pgbouncer)(
  'howdah up --observability (needs apt-get install prometheus prometheus-alertmanager pgbouncer)',
  () => {
    test('scrapes primary, replica and pooler, evaluates our rules, tells Alertmanager, and survives a kill', async () => {
      await using home = await createHome()
      const first = await running(home, '--replica', '--pooler')
      const report = JSON.parse(first.verb.stdout())
      expect(report.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
      const { prometheus: server, alertmanager: sender } = first.urls
      expect(await evaluate(server, 'pg_up')).toEqual([
        ['primary', '1'],
        ['replica', '1'],
      ])
      expect(await evaluate(server, 'pg_replication_is_replica == 1')).toEqual([['replica', '1']])
      expect(await evaluate(server, 'pgbouncer_up')).toEqual([['primary', '1']])
      const { data } = await ask<{ data: { groups: { rules: Named[] }[] } }>(
        new URL('/api/v1/rules?type=alert', server),
      )
      const loaded = data.groups.flatMap(group => group.rules)
      expect(new Set(loaded.map(({ name }) => name))).toEqual(
        new Set(alertGroups().flatMap(({ alerts }) => alerts.map(({ name }) => name))),
      )
      expect(await ask(new URL('/api/v2/alerts?filter=alertname%3D%22Watchdog%22', sender))).toHaveLength(1)

      first.verb.child.kill('SIGKILL')
      await first.verb.exited
      const left = await home.processes()
      const again = await running(home)
      expect(JSON.parse(again.verb.stdout()).notes.join()).toContain('was killed')
      expect(again.urls.prometheus).toBe(server)
      const now = await home.processes()
      expect(left.filter(pid => now.includes(pid))).toEqual([])
      // What the first had measured is still there.
      expect(await evaluate(server, 'max_over_time(pg_up[1h])')).toContainEqual(['replica', '1'])
      again.verb.child.kill('SIGINT')
      expect(await again.verb.exited).toBe(0)
      expect(await home.processes()).toEqual([])
    })

    test('without Alertmanager on the path says so and does without; without Prometheus it refuses', async () => {
      await using home = await createHome()
      const programs = await mkdtemp(join(tmpdir(), 'howdah-path-'))
      onTestFinished(() => rm(programs, { recursive: true }))
      await chmod(programs, 0o755)
      await symlink(prometheus ?? '', join(programs, 'prometheus'))
      const [alone, none] = await Promise.all([
        startCli([...UP, home.directory, '--once'], { env: { PATH: programs } }).result,
        (async () => {
          await using other = await createHome()
          return startCli([...UP, other.directory, '--once'], { env: { PATH: '/nowhere' } }).result
        })(),
      ])
      expect(alone.exit, alone.stderr).toBe(0)
      const report = JSON.parse(alone.stdout)
      expect(report.notes.join()).toContain('Alertmanager is not on the path')
      expect(report.parts.map(({ name }: Named) => name)).toEqual(['postgres', 'metrics', 'prometheus'])
      expect(none).toMatchObject({ exit: 2, stderr: expect.stringContaining('prometheus-missing') })
    })
  },
)
