import * as postgresql from '@pulumi/postgresql'
import { describe, expect, test } from 'vitest'
import { Access, type AccessArgs } from '../../infra/components/access/access.ts'
import type { Estate } from '../../infra/components/estate.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { PRODUCTION } from './programs/estates.ts'

const estate = (over: Partial<Estate> = {}): Estate => ({
  ...PRODUCTION,
  recoveryRegion: undefined,
  tags: {},
  ...over,
})

const SETTINGS = {
  databases: [
    { name: 'shop', schemas: ['public', 'audit'], extensions: [{ name: 'pg_trgm' }] },
    { name: 'shop archive' },
  ],
  logins: ['shop_app_a', 'shop_app_b'],
  iam: ['migrator' as const],
}

const CONNECTION = {
  host: 'db.example.com',
  port: 5433,
  username: 'pgadmin_shop',
  credential: 'environment' as const,
}

const run = (over: Partial<AccessArgs> = {}) =>
  registrationsOf(() => {
    const args = { estate: estate(), settings: SETTINGS, mode: 'tunnel' as const, connection: CONNECTION }
    const access = new Access('access', { ...args, ...over })
    return {
      roles: access.roles,
      logins: access.logins,
      command: access.command,
      environment: access.environment,
      leftToRunner: access.leftToRunner,
    }
  })

const TYPE = (name: string) => `postgresql:index/${name[0]?.toLowerCase()}${name.slice(1)}:${name}`

describe('access', () => {
  test('registers nothing of Postgres where the runner makes it so, and says what to run', async () => {
    const found = await run({ mode: 'runner' })
    expect(found.registrations.map(each => each.type)).toEqual(['howdah:aws:Access'])
    expect(found.outputs).toMatchObject({
      command: ['setup', 'access'],
      environment: [{ name: 'HOWDAH_ACCESS', value: JSON.stringify(SETTINGS) }],
      roles: {
        owner: 'shop_owner',
        migrator: 'shop_migrator',
        application: 'shop_app',
        pooler: 'pgbouncer_auth',
      },
      logins: ['shop_app_a', 'shop_app_b'],
      leftToRunner: [],
    })
  })

  test('reaches RDS as who is no superuser, with its certificate checked and without a password', async () => {
    const { inputs, secretPaths } = (await run()).only('pulumi:providers:postgresql')
    expect(inputs).toMatchObject({
      host: 'db.example.com',
      sslmode: 'verify-full',
      superuser: 'false',
      connectTimeout: '15',
    })
    expect(inputs).not.toHaveProperty('password')
    expect(secretPaths).toEqual([])
    const byToken = (await run({ connection: { ...CONNECTION, credential: 'iam' } })).only(
      'pulumi:providers:postgresql',
    )
    expect(byToken.inputs).toMatchObject({ awsRdsIamAuth: 'true', awsRdsIamRegion: 'eu-central-1' })
  })

  test('takes a provider of the user, and refuses a tunnel without either', async () => {
    const own = await registrationsOf(() => {
      const provider = new postgresql.Provider('mine', { host: 'elsewhere' })
      new Access('access', { estate: estate(), settings: SETTINGS, mode: 'tunnel', provider })
    })
    const mine = own.only('pulumi:providers:postgresql')
    expect(mine.name).toBe('mine')
    for (const each of own.of(TYPE('Role'))) expect(each.provider).toContain(mine.urn)
    await expect(
      registrationsOf(() => new Access('access', { estate: estate(), settings: SETTINGS, mode: 'tunnel' })),
    ).rejects.toThrow('connection')
  })

  test('settings that are wrong are named by their keys before anything is registered', async () => {
    const settings = { roles: { application: 'pg_root' }, databases: [{ name: 'shop', schemas: ['pg_x'] }] }
    await expect(run({ settings })).rejects.toThrow(
      /access\.roles\.application.*\n?.*access\.databases\.0\.schemas\.0/s,
    )
  })

  test('roles are harmless, change one after the other, and stay when the stack goes', async () => {
    const found = await run()
    const roles = found.of(TYPE('Role'))
    expect(roles).toHaveLength(8)
    for (const { inputs, protect, retainOnDelete, secretPaths, ignoreChanges } of roles) {
      expect(inputs).toMatchObject({
        superuser: false,
        createRole: false,
        createDatabase: false,
        replication: false,
      })
      expect(inputs).not.toHaveProperty('password')
      expect({ protect, retainOnDelete, secretPaths, ignoreChanges }).toEqual({
        protect: true,
        retainOnDelete: true,
        secretPaths: [],
        ignoreChanges: ['password', 'roles'],
      })
    }
    const made = found.registrations.filter(each => each.type.startsWith('postgresql:'))
    for (const [index, each] of made.entries()) {
      const previous = made[index - 1]
      if (previous) expect(each.dependencies, each.name).toContain(previous.urn)
      expect(each.parent).toBe(found.only('howdah:aws:Access').urn)
    }
    expect(found.only(TYPE('Role'), 'access-role-shop_migrator').inputs).toMatchObject({
      assumeRole: 'shop_owner',
      idleInTransactionSessionTimeout: 60_000,
      connectionLimit: 10,
    })
    expect(found.only(TYPE('Role'), 'access-role-howdah_monitor').inputs).toMatchObject({
      statementTimeout: 3000,
      searchPaths: ['pg_catalog'],
    })
  })

  test('a database that is data is kept, and the one that RDS made is not made again', async () => {
    const found = await run()
    const database = found.only(TYPE('Database'))
    expect(database).toMatchObject({
      name: 'access-database-shop-20-archive',
      protect: true,
      retainOnDelete: true,
      inputs: { name: 'shop archive', owner: 'shop_owner' },
    })
    for (const schema of found.of(TYPE('Schema')))
      expect(schema).toMatchObject({
        retainOnDelete: true,
        inputs: { dropCascade: false, owner: 'shop_owner' },
      })
    expect((await run({ existingDatabases: ['shop', 'shop archive'] })).of(TYPE('Database'))).toEqual([])
  })

  test('a transform has the last word', async () => {
    const found = await run({
      transform: {
        role: (args, options) => {
          args.validUntil = 'infinity'
          options.protect = false
        },
      },
    })
    for (const role of found.of(TYPE('Role')))
      expect(role).toMatchObject({ protect: false, inputs: { validUntil: 'infinity' } })
  })
})
