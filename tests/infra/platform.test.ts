import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import platform from '../../infra/index.ts'
import { containerOf } from '../harness/ecs-containers.ts'
import { changesBetween } from '../harness/pulumi-changes.ts'
import { dataOf, harmToData, isData, listOf, lostData } from '../harness/pulumi-golden.ts'
import { registrationsOfProject, settingsOfProject } from '../harness/pulumi-project.ts'
import { type Registered, registrationsOf } from '../harness/pulumi-registrations.ts'
import { databaseProgram } from './programs/database.ts'

const STACKS = ['dev', 'staging', 'prod'] as const
const INSTANCE = 'aws:rds/instance:Instance'

/** Data of a stack, a line each. A line leaves this file only with the data itself. */
const dataBefore = (stack: string) =>
  readFileSync(new URL(`golden/${stack}-data.txt`, import.meta.url), 'utf8')
    .trim()
    .split('\n')

const runs = new Map<string, Promise<Registered>>()
const stackRun = (stack: string) => {
  const run = runs.get(stack) ?? changedRun(stack)
  runs.set(stack, run)
  return run
}
const changedRun = async (stack: string, settings: Readonly<Record<string, unknown>> = {}) =>
  registrationsOf(platform, await settingsOfProject(stack, settings))

describe.each(STACKS)('the stack %s', stack => {
  test('has the resources of its list', async () => {
    await expect(listOf(await stackRun(stack))).toMatchFileSnapshot(`golden/${stack}.txt`)
  })

  test('still has every resource that holds data, by its name or by an alias', async () => {
    expect(lostData(dataBefore(stack), await stackRun(stack))).toEqual([])
  })

  test('has no data that the list of data does not know', async () => {
    expect(dataBefore(stack)).toEqual(expect.arrayContaining(dataOf(await stackRun(stack))))
  })
})

describe('production', () => {
  test('is the same in a process of its own, as Pulumi runs it', async () => {
    const again = await registrationsOfProject('prod')
    expect(changesBetween((await stackRun('prod')).registrations, again.registrations)).toEqual([])
  })

  test('guards and keeps everything that holds data', async () => {
    const unguarded = (await stackRun('prod')).registrations
      .filter(isData)
      .filter(({ protect, retainOnDelete }) => !protect || !retainOnDelete)
    expect(unguarded.map(({ name }) => name)).toEqual([])
  })
})

describe('RDS Proxy in place of PgBouncer', () => {
  test('is let through at the port it has, whatever the setting says', async () => {
    const run = await changedRun('prod', { pooler: { kind: 'rds-proxy', port: 6432 } })
    const ports = run.registrations
      .filter(({ type }) => type === 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule')
      .filter(({ name }) => /pooler|balancer/i.test(name))
      .map(({ name, inputs }) => [name, inputs.fromPort])
    expect(ports).toMatchInlineSnapshot(`
      [
        [
          "network-clients-to-load-balancer-in",
          5432,
        ],
        [
          "network-load-balancer-to-pooler-in",
          5432,
        ],
        [
          "network-runner-to-pooler-in",
          5432,
        ],
        [
          "network-pooler-to-database-in",
          5433,
        ],
        [
          "network-pooler-to-endpoints-in",
          443,
        ],
      ]
    `)
  })
})

describe('the certificate of the server', () => {
  const bundled = async (pem: string) => {
    const directory = await mkdtemp(join(tmpdir(), 'howdah-bundle-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const file = join(directory, 'bundle.pem')
    await writeFile(file, pem)
    return { database: { certificateBundle: file } }
  }
  const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

  test.each([
    [undefined, 'require'],
    [PEM, 'verify-full'],
  ])('with the authorities %j, poolers and every task connect with sslmode=%s', async (pem, mode) => {
    const { registrations } = await changedRun('prod', pem === undefined ? {} : await bundled(pem))
    const environments = registrations
      .filter(({ type }) => type === 'aws:ecs/taskDefinition:TaskDefinition')
      .map(definition => new Map(containerOf(definition).environment.map(({ name, value }) => [name, value])))
    const clients = environments.filter(environment => environment.has('DATABASE_URL'))
    expect(clients.length).toBeGreaterThan(2)
    for (const environment of clients) {
      expect(new URL(environment.get('DATABASE_URL') ?? '').searchParams.get('sslmode')).toBe(mode)
      expect(environment.get('HOWDAH_DATABASE_CA')).toBe(pem)
    }
    const [pooler] = environments.filter(environment => environment.has('PGBOUNCER_INI'))
    expect(pooler?.get('PGBOUNCER_INI')).toContain(`server_tls_sslmode = ${mode}`)
    expect(pooler?.get('PGBOUNCER_SERVER_CA')).toBe(pem)
  })

  test('is not asked for by what is no certificate, or not there', async () => {
    const refused = /howdah:database.certificateBundle: .* (has no certificate|cannot be read)/
    await expect(changedRun('prod', await bundled('a key'))).rejects.toThrow(refused)
    const missing = { database: { certificateBundle: 'no such file.pem' } }
    await expect(changedRun('prod', missing)).rejects.toThrow(refused)
  })
})

describe('what can be replaced', () => {
  test('is not guarded against it', async () => {
    // The engine refuses to replace what is protected: a change of retention would go no further.
    const { protect, retainOnDelete, deleteBeforeReplace } = (await stackRun('prod')).only(
      'aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication',
    )
    expect({ protect, retainOnDelete, deleteBeforeReplace }).toEqual({
      protect: false,
      retainOnDelete: false,
      deleteBeforeReplace: true,
    })
  })
})

describe('a change of settings changes what it names, and replaces no data', () => {
  const changed = async (settings: Readonly<Record<string, unknown>>) => {
    const [before, after] = await Promise.all([stackRun('prod'), changedRun('prod', settings)])
    const changes = changesBetween(before.registrations, after.registrations)
    return { changes, harm: harmToData(before, after) }
  }

  test('a larger class updates the primary and its replicas', async () => {
    const { changes, harm } = await changed({ database: { instanceClass: 'db.r8g.2xlarge' } })
    const instances = changes.filter(({ type }) => type === INSTANCE)
    expect(instances.map(({ operation }) => operation)).toEqual(instances.map(() => 'update'))
    expect(instances.find(({ name }) => name === 'database-g1-instance')?.changed).toEqual(['instanceClass'])
    expect(harm).toEqual([])
  })

  test('a shorter retention updates the primary alone', async () => {
    const { changes, harm } = await changed({ database: { backupRetentionDays: 21 } })
    const instances = changes.filter(({ type }) => type === INSTANCE)
    expect(instances).toMatchObject([{ operation: 'update', changed: ['backupRetentionPeriod'] }])
    expect(changes.map(({ operation }) => operation)).not.toContain('replace')
    expect(harm).toEqual([])
  })

  test('a longer retention of replicated backups begins their replication anew, which AWS cannot change', async () => {
    const { changes, harm } = await changed({ backups: { replicationRetentionDays: 21 } })
    expect(changes).toMatchObject([
      { operation: 'replace', name: 'backups-automated', replacing: ['retentionPeriod'] },
    ])
    expect(harm).toEqual([])
  })

  test('one replica more creates one instance', async () => {
    const { changes, harm } = await changed({ replicas: { count: 3 } })
    const instances = changes.filter(({ type }) => type === INSTANCE)
    expect(instances).toMatchObject([{ operation: 'create', name: 'replicas-g1-3' }])
    expect(harm).toEqual([])
  })
})

describe('the tests of a stack see', () => {
  const unchanged = () => registrationsOf(() => databaseProgram({ replicas: 1 }))

  test('a child of a component that was renamed without an alias', async () => {
    const renamed = await registrationsOf(() => databaseProgram({ replicas: 1, child: 'primary' }))
    expect(lostData(dataOf(await unchanged()), renamed)).toEqual([
      'howdah:aws:Database$aws:rds/instance:Instance main-instance',
    ])
  })

  test('no loss where the alias is there', async () => {
    const renamed = await registrationsOf(() =>
      databaseProgram({ replicas: 1, child: 'primary', aliases: ['main-instance'] }),
    )
    expect(lostData(dataOf(await unchanged()), renamed)).toEqual([])
    expect(harmToData(await unchanged(), renamed)).toEqual([])
  })

  test.each([
    ['a user of another name', { username: 'somebody' }, ['replace main-instance username']],
    ['encryption taken away', { encrypted: false }, ['replace main-instance storageEncrypted']],
    ['another region', { replicaRegion: 'eu-north-1' }, ['replace main-replica-1 region']],
    ['a replica less', { replicas: 0 }, ['delete main-replica-1']],
    ['a larger class', { instanceClass: 'db.r8g.2xlarge' }, []],
  ])('what %s does to data', async (_, settings, harm) => {
    const after = await registrationsOf(() => databaseProgram({ replicas: 1, ...settings }))
    expect(harmToData(await unchanged(), after)).toEqual(harm)
  })
})
