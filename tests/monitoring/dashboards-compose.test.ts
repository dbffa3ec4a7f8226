import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { DATASOURCE_UID } from '../../monitoring/dashboards/variables.ts'
import { DEFAULT_METRICS_PORT } from '../../runner/names.ts'
import { ROOT } from '../architecture/source-files.ts'

interface Service {
  readonly image: string
  readonly ports: readonly string[]
  readonly volumes: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
}

interface Compose {
  readonly services: Readonly<Record<'prometheus' | 'alertmanager' | 'grafana', Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const FOLDER = join(ROOT, 'monitoring')
const text = readFileSync(join(FOLDER, 'compose.yaml'), 'utf8')
const { services, volumes } = parse(text) as Compose
const read = (path: string) => parse(readFileSync(join(FOLDER, path), 'utf8'))

/** What a service sees of the repository. */
const mountsOf = ({ volumes: mounts }: Service) =>
  mounts.flatMap(mount => {
    const [from = '', to = '', mode] = mount.split(':')
    return from.startsWith('.') ? [{ from: join(FOLDER, from), to, mode }] : []
  })

describe('compose.yaml', () => {
  test('images are of a version, and ports are open to this machine alone', () => {
    for (const [name, { image, ports }] of Object.entries(services)) {
      expect(image, name).toMatch(/:v?\d+\.\d+\.\d+$/)
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    }
  })

  test('what is mounted is there and cannot be written; what is kept has a volume', () => {
    for (const [name, service] of Object.entries(services)) {
      const mounts = mountsOf(service)
      expect(mounts.length, name).toBeGreaterThan(0)
      for (const { from, mode } of mounts)
        expect({ from, there: existsSync(from), mode }).toEqual({ from, there: true, mode: 'ro' })
      for (const mount of service.volumes.filter(one => !one.startsWith('.')))
        expect(Object.keys(volumes), name).toContain(mount.split(':')[0])
    }
  })

  test('there is no password in it: it has to come from the environment', () => {
    expect(services.grafana.environment?.GF_SECURITY_ADMIN_PASSWORD).toMatch(
      /^\$\{GRAFANA_ADMIN_PASSWORD:\?.+\}$/,
    )
    expect(services.grafana.environment?.GF_AUTH_ANONYMOUS_ORG_ROLE).toBe('Viewer')
    const others = text
      .split('\n')
      .filter(line => /password|secret|token/i.test(line) && !/GRAFANA_ADMIN_PASSWORD/.test(line))
    expect(others).toEqual([])
  })

  test('Prometheus does what prometheus.yml says, with the addresses that containers have', () => {
    const [inside, outside] = ['compose/prometheus.yml', 'prometheus.yml'].map(path =>
      JSON.stringify(read(path)),
    )
    const moved = outside
      ?.replace('"127.0.0.1:9093"', '"alertmanager:9093"')
      .replace(`"127.0.0.1:${DEFAULT_METRICS_PORT}"`, `"host.docker.internal:${DEFAULT_METRICS_PORT}"`)
    expect(inside).toBe(moved)
  })

  test('Grafana finds the data source that dashboards begin with, and the dashboards', () => {
    const { datasources } = read('grafana/provisioning/datasources/prometheus.yaml')
    const [variable] = /\$(\w+)/.exec(datasources[0].url)?.slice(1) ?? []
    expect(datasources).toMatchObject([{ uid: DATASOURCE_UID, type: 'prometheus', isDefault: true }])
    expect(services.grafana.environment?.[variable ?? '']).toBe('http://prometheus:9090')
    const { providers } = read('grafana/provisioning/dashboards/howdah.yaml')
    const mounted = mountsOf(services.grafana)
    const dashboards = mounted.find(({ to }) => to === providers[0].options.path)
    expect(readdirSync(dashboards?.from ?? '').filter(name => name.endsWith('.json'))).toHaveLength(9)
    for (const kind of ['datasources', 'dashboards'])
      expect(mounted.map(({ to }) => to)).toContain(`/etc/grafana/provisioning/${kind}`)
    const home = services.grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? ''
    expect(dirname(home)).toBe(dashboards?.to)
    expect(existsSync(join(dashboards?.from ?? '', home.slice(dirname(home).length)))).toBe(true)
  })

  const tools = [
    { tool: 'promtool', args: ['check', 'config'], service: 'prometheus', packaged: 'prometheus' },
    { tool: 'amtool', args: ['check-config'], service: 'alertmanager', packaged: 'prometheus-alertmanager' },
  ] as const
  for (const { tool, args, service, packaged } of tools)
    describe.skipIf(spawnSync(tool, ['--version']).status !== 0)(
      `${tool} (needs ${tool}: apt-get install ${packaged})`,
      () => {
        test(`finds nothing wrong with what ${service} sees in its container`, () => {
          const container = mkdtempSync(join(tmpdir(), 'howdah-compose-'))
          onTestFinished(() => rmSync(container, { recursive: true, force: true }))
          for (const { from, to } of mountsOf(services[service])) {
            mkdirSync(dirname(join(container, to)), { recursive: true })
            cpSync(from, join(container, to), { recursive: true })
          }
          const option = services[service].command?.find(one => one.startsWith('--config.file='))
          const config = join(container, option?.replace('--config.file=', '') ?? '')
          const { status, stdout, stderr } = spawnSync(tool, [...args, config])
          expect({ status, said: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, said: '' })
          if (tool === 'promtool') expect(`${stdout}`).toMatch(/\d+ rules found/)
        })
      },
    )
})
