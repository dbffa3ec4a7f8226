import { describe, expect, test } from 'vitest'
import { Secret } from '../core/secret.ts'
import { environmentLayer, parseConfig } from './parse.ts'

const urlOf = (env: Readonly<Record<string, string>>) => {
  const url = parseConfig([environmentLayer(env)]).config.databaseUrl
  return url instanceof Secret ? url.reveal() : url
}
const variables = { PGUSER: 'shop_app_a', PGPASSWORD: 'p@ss/w:rd%' }

describe('user and password beside the URL', () => {
  test('are taken where the URL has none', () => {
    const url = urlOf({ ...variables, DATABASE_URL: 'postgresql://db.example:5433/shop?sslmode=verify-full' })
    expect(url).toBe('postgresql://shop_app_a:p%40ss%2Fw%3Ard%25@db.example:5433/shop?sslmode=verify-full')
  })

  test('are not taken where it has its own', () => {
    const own = 'postgresql://me:mine@db.example/shop'
    expect(urlOf({ ...variables, DATABASE_URL: own })).toBe(own)
    expect(urlOf({ PGPASSWORD: 'x', DATABASE_URL: 'postgresql://me@h/d' })).toBe('postgresql://me:x@h/d')
  })

  test.each(['not a url', 'mysql://h/d', 'postgresql:///d?host=/run/postgresql', 'postgresql://u%@h/d'])(
    '%s is left as it is, for others to refuse',
    url => expect(urlOf({ ...variables, DATABASE_URL: url })).toContain(url.slice(0, 12)),
  )

  test('authorities are taken where the server is to be verified, and none are named', () => {
    const env = { HOWDAH_DATABASE_CA: 'PEM of ü' }
    const added = new URL(String(urlOf({ ...env, DATABASE_URL: 'postgresql://h/d?sslmode=verify-full' })))
    const [, encoded] = (added.searchParams.get('sslrootcert') ?? '').split('base64,')
    expect(Buffer.from(encoded ?? '', 'base64').toString()).toBe('PEM of ü')
    for (const url of [
      'postgresql://h/d?sslmode=require',
      'postgresql://h/d?sslmode=verify-ca&sslrootcert=own.pem',
    ])
      expect(urlOf({ ...env, DATABASE_URL: url })).toBe(url)
  })

  test('nothing is added where there are no such variables', () => {
    expect(urlOf({ DATABASE_URL: 'postgresql://h/d' })).toBe('postgresql://h/d')
  })
})
