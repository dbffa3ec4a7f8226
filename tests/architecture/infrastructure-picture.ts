import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './source-files.ts'

interface Listed {
  readonly component: string
  readonly type: string
  readonly name: string
  readonly region: string
}

/** The resources `prod` registers, as the list has them that the tests hold the program to. */
function registered(): Listed[] {
  const text = readFileSync(join(ROOT, 'tests/infra/golden/prod.txt'), 'utf8')
  return text
    .trim()
    .split('\n')
    .flatMap(line => {
      const [types = '', name = '', ...marks] = line.split(' ')
      const [component = '', type] = types.split('$')
      if (!type || !component.startsWith('howdah:aws:')) return []
      const region = marks.find(mark => /^[a-z]{2}-[a-z]+-\d$/.test(mark)) ?? ''
      return [
        {
          component: component.slice('howdah:aws:'.length),
          type: type.split(':').at(-1) ?? '',
          name,
          region,
        },
      ]
    })
}

/** Who speaks to whom, by the rules of the security groups: `network-runner-to-database-out`. */
const RULE = /^network-(.+)-to-(.+)-out$/

const PARTS: Readonly<Record<string, string>> = {
  clients: 'applications',
  'load-balancer': 'Pooler',
  pooler: 'Pooler',
  runner: 'Runner',
  monitoring: 'Prometheus',
  database: 'Database',
  endpoints: 'AWS',
  s3: 'AWS',
}

/** A picture of production for Mermaid: components with what they are made of, by region, and every connection that a security group allows. */
export function infrastructurePicture(): string {
  const resources = registered()
  const home = mostFrequent(resources.map(({ region }) => region).filter(Boolean))
  const isElsewhere = ({ name, region }: Listed) =>
    (region !== '' && region !== home) || name.includes('-recovery')
  return [
    '```mermaid',
    'flowchart LR',
    '  applications((applications))',
    '  Prometheus((Prometheus))',
    '  AWS([services of AWS, by endpoints])',
    ...region(
      'home',
      'the region',
      resources.filter(resource => !isElsewhere(resource)),
    ),
    ...region('elsewhere', 'the recovery region', resources.filter(isElsewhere)),
    ...edges(resources),
    '```',
  ].join('\n')
}

function region(id: string, title: string, resources: readonly Listed[]): string[] {
  const suffix = id === 'home' ? '' : '_elsewhere'
  const components = [...new Set(resources.map(({ component }) => component))].sort()
  const boxes = components.map(component => {
    const types = resources.filter(resource => resource.component === component).map(({ type }) => type)
    const counted = [...new Set(types)]
      .sort()
      .map(type => `${types.filter(other => other === type).length} ${type}`)
    return `    ${component}${suffix}["${[`<b>${component}</b>`, ...counted].join('<br>')}"]`
  })
  return [`  subgraph ${id} [${title}]`, ...boxes, '  end']
}

function edges(resources: readonly Listed[]): string[] {
  const pairs = resources.flatMap(({ name }) => {
    const [, from = '', to = ''] = RULE.exec(name) ?? []
    const [here, there] = [PARTS[from], PARTS[to]]
    return here !== undefined && there !== undefined && here !== there ? [`  ${here} --> ${there}`] : []
  })
  const replication = resources.some(({ name }) => name.includes('-recovery'))
    ? ['  Database -. replication .-> Replicas_elsewhere', '  Backups -. copies .-> Backups_elsewhere']
    : []
  return [...new Set(pairs)].sort().concat(['  Database -. replication .-> Replicas', ...replication])
}

function mostFrequent(values: readonly string[]): string {
  const counts = Map.groupBy(values, value => value)
  return [...counts].sort(([, one], [, other]) => other.length - one.length)[0]?.[0] ?? ''
}
