import { describe, expect, test } from 'vitest'
import type { AccessSettings } from '../config/access-settings.ts'
import { accessModel } from './declare.ts'
import { durationMs, sameSetting } from './setting-values.ts'

const role = (settings: AccessSettings, kind: string) =>
  accessModel({ databases: [{ name: 'shop' }], ...settings }).roles.filter(each => each.kind === kind)

describe('the model of roles and grants', () => {
  test('is about the database of the URL where nobody names one', () => {
    const { roles, databases } = accessModel({}, { name: 'shop', schema: 'sales' })
    expect(roles.map(({ name }) => name)).toEqual([
      'shop_owner',
      'shop_migrator',
      'shop_app',
      'shop_readonly',
      'howdah_monitor',
      'pgbouncer_auth',
    ])
    expect(databases).toMatchObject([{ name: 'shop', owner: 'shop_owner', schemas: ['sales', 'howdah'] }])
    expect(() => accessModel({})).toThrow('must name at least one')
  })

  test('gives nobody but the migrator what the owner has, and the owner no login', () => {
    const { roles } = accessModel({ databases: [{ name: 'shop' }] })
    expect(roles.filter(({ login }) => !login).map(({ kind }) => kind)).toEqual(['owner'])
    const members = roles.filter(({ memberOf }) => memberOf.some(({ role }) => role === 'shop_owner'))
    expect(members.map(({ kind }) => kind)).toEqual(['migrator'])
  })

  test('gives each login of the application its limits, which no membership would', () => {
    const [group, ...logins] = role(
      { logins: ['a', 'b'], iam: ['application'], timeouts: { application: { statementMs: 1500 } } },
      'application',
    )
    expect(group).toMatchObject({ name: 'shop_app', login: false, settings: {}, memberOf: [] })
    expect(logins).toHaveLength(2)
    for (const login of logins) {
      expect(login).toMatchObject({
        login: true,
        settings: { statement_timeout: '1500ms', lock_timeout: '5s' },
      })
      expect(login.memberOf).toEqual([
        { role: 'shop_app', whereThere: false },
        { role: 'rds_iam', whereThere: true },
      ])
    }
  })

  test('names every wrong key at once', () => {
    const wrong = {
      roles: { owner: 'rds_superuser', application: '' },
      databases: [{ name: 'x'.repeat(64), schemas: ['howdah'] }],
      connectionLimits: { owner: -2 },
    }
    let message = ''
    try {
      accessModel(wrong)
    } catch (error) {
      message = String(error)
    }
    for (const key of [
      'roles.owner',
      'roles.application',
      'databases.0.name',
      'databases.0.schemas.0',
      'connectionLimits.owner',
    ])
      expect(message).toContain(`access.${key}`)
  })

  test('refuses names that are one once Postgres has cut them off, or are one already', () => {
    expect(() => accessModel({ prefix: 'x'.repeat(60), databases: [{ name: 'shop' }] })).toThrow('63 bytes')
    expect(() => accessModel({ logins: ['shop_owner'], databases: [{ name: 'shop' }] })).toThrow('two roles')
  })
})

describe('settings of a role', () => {
  test('are the same in whatever unit they were written', () => {
    expect(['30s', '30000', '30000ms', '0.5min', '1min'].map(durationMs)).toEqual([
      30_000,
      30_000,
      30_000,
      undefined,
      60_000,
    ])
    expect(sameSetting('statement_timeout', '30s', '30000')).toBe(true)
    expect(sameSetting('statement_timeout', '30s', '30')).toBe(false)
    expect(sameSetting('role', '"a""b"', 'a"b')).toBe(true)
    expect(sameSetting('search_path', 'a', 'b')).toBe(false)
  })
})
