import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseSettings } from '../../infra/settings/parse.ts'
import type { Settings } from '../../infra/settings/settings.ts'
import { ROOT } from './source-files.ts'

/** The stack of this checkout for each tier. */
const STACKS = { bronze: 'dev', silver: 'staging', gold: 'prod' } as const

interface Estimated {
  readonly settings: Settings
  /** How many of a type the stack registers, by the list the tests hold it to. */
  readonly count: (type: string) => number
}

/** Prices that were found, in US dollars; what is not among them was not, and is left out rather than guessed. */
const PRICES: Readonly<Record<string, string>> = {
  'db.t4g.medium': '0.065 an hour, us-east-1',
  gp3: '0.115 a GiB and month, us-east-1',
}

interface Line {
  readonly what: string
  readonly unit: string
  readonly amount: (stack: Estimated) => string
  readonly price?: string
}

const LINES: readonly Line[] = [
  {
    what: 'instances of RDS, each standby counted',
    unit: 'instance hour',
    amount: ({ settings, count }) => {
      const standbys = (settings.database.multiAz ? 1 : 0) + (settings.replicas.recovery ? 1 : 0)
      return `${count('rds/instance:Instance') + standbys} × ${settings.database.instanceClass}`
    },
    price: `db.t4g.medium: ${PRICES['db.t4g.medium']}`,
  },
  {
    what: 'their disks',
    unit: 'GiB month',
    amount: ({ settings, count }) => {
      const standbys = (settings.database.multiAz ? 1 : 0) + (settings.replicas.recovery ? 1 : 0)
      const disks = count('rds/instance:Instance') + standbys
      return `${disks} × ${settings.database.allocatedStorageGib} ${settings.database.storageType}`
    },
    price: `gp3: ${PRICES.gp3}`,
  },
  {
    what: 'interface endpoints, in each zone',
    unit: 'endpoint hour, and GB',
    amount: ({ settings, count }) =>
      String((count('ec2/vpcEndpoint:VpcEndpoint') - 1) * settings.network.zones.length),
  },
  {
    what: 'tasks of poolers and `serve` on Fargate',
    unit: 'vCPU hour, GB hour',
    amount: ({ settings: { pooler, runner } }) =>
      `${pooler.tasks} × ${pooler.vcpus} vCPU, ${pooler.memoryMib} MiB; 1 × ${runner.vcpus} vCPU, ${runner.memoryMib} MiB`,
  },
  {
    what: 'load balancer',
    unit: 'hour, and capacity units',
    amount: ({ count }) => String(count('lb/loadBalancer:LoadBalancer')),
  },
  { what: 'keys', unit: 'key month', amount: ({ count }) => String(count('kms/key:Key')) },
  {
    what: "secrets, RDS's own counted",
    unit: 'secret month',
    amount: ({ count }) => String(count('secretsmanager/secret:Secret') + 1),
  },
  {
    what: 'alarms',
    unit: 'alarm month',
    amount: ({ count }) => String(count('cloudwatch/metricAlarm:MetricAlarm')),
  },
  {
    what: 'snapshots beyond the size of the disks, and their copies',
    unit: 'GB month',
    amount: ({ settings: { backups } }) =>
      `${backups.dailyRetentionDays} days daily${backups.copyToRecoveryRegion ? ', copied' : ''}`,
  },
  {
    what: 'logs, metrics, transfer between zones and regions',
    unit: 'GB',
    amount: () => 'by use',
  },
]

/** What of each tier is billed, as Markdown: amounts from the stacks of this checkout. */
export function billedTable(): string {
  const stacks = Object.values(STACKS).map(estimated)
  const rows = LINES.map(
    ({ what, unit, amount, price }) =>
      `| ${what} | ${unit} | ${stacks.map(amount).join(' | ')} | ${price ?? 'missing'} |`,
  )
  const head = Object.entries(STACKS).map(([tier, stack]) => `${tier} (\`${stack}\`)`)
  return [
    `| billed | by | ${head.join(' | ')} | price |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function estimated(stack: string): Estimated {
  const { config } = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), 'utf8'))
  const texts = Object.entries<unknown>(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const lines = readFileSync(join(ROOT, `tests/infra/golden/${stack}.txt`), 'utf8').split('\n')
  return {
    settings: parseSettings(stack, Object.fromEntries(texts)).settings,
    count: type => lines.filter(line => line.includes(`$aws:${type} `)).length,
  }
}
