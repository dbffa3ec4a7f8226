import { describe, expect, test } from 'vitest'
import { Secret } from '../core/secret.ts'
import { parseDatabaseUrl } from './database-url.ts'

const parse = (url: string) => parseDatabaseUrl(new Secret(url), 'databaseUrl')

describe('connection URLs', () => {
  test("are read as Prisma and libpq do, Prisma's own parameters passed over", () => {
    expect(
      parse(
        'postgresql://me:p%40ss%2Fword@db.example:6543/my%20app?schema=s%201&connection_limit=5&pgbouncer=true',
      ),
    ).toEqual({
      host: 'db.example',
      port: 6543,
      user: 'me',
      password: 'p@ss/word',
      database: 'my app',
      schema: 's 1',
      tls: { mode: 'off' },
    })
    expect(parse('postgres://[::1]/d')).toMatchObject({
      host: '::1',
      port: 5432,
      user: 'postgres',
      password: undefined,
      schema: 'public',
    })
    expect(parse('postgresql://u@localhost/d?host=/run/postgresql').host).toBe('/run/postgresql')
  })

  test.each([
    ['disable', { mode: 'off' }],
    ['prefer', { mode: 'prefer' }],
    ['require', { mode: 'on', options: { rejectUnauthorized: false } }],
    ['require&sslaccept=strict', { mode: 'on', options: { rejectUnauthorized: true } }],
    ['verify-full', { mode: 'on', options: { rejectUnauthorized: true } }],
  ])('sslmode=%s', (mode, tls) => {
    expect(parse(`postgresql://h/d?sslmode=${mode}`).tls).toEqual(tls)
  })

  test.each([
    'mysql://u:hunter2@h/d',
    'h/d',
    'postgresql://u:hunter2@h',
    'postgresql://u:hunter2%@h/d',
    'postgresql://u:hunter2@h/d?sslmode=maybe',
  ])('%s is refused without its password', url => {
    const attempt = () => parse(url)
    expect(attempt).toThrow(expect.objectContaining({ code: 'database-url-invalid', exit: 2 }))
    expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }))
  })
})
