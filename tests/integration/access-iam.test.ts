import { afterAll, expect, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { cli } from '../harness/cli.ts'
import { execute, query } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

const releases = new ReleaseStack()
afterAll(async () => void (await releases.releaseAll()))

/** Roles of RDS belong to the whole server, and other suites must not take theirs for RDS: so this is a server of its own. */
test('where the server is RDS, roles log in by IAM that are asked to, and no others; the master needs no superuser', async () => {
  const server = await startThrowAwayServer({ major: 17, settings: {}, volatile: true }, releases)
  // As AWS documents rds_superuser and its master user.
  await execute(
    server.url,
    'CREATE ROLE rds_iam NOLOGIN',
    'CREATE ROLE rds_superuser NOLOGIN',
    'GRANT pg_monitor, pg_use_reserved_connections, rds_iam TO rds_superuser WITH ADMIN OPTION',
    `CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'canary'`,
    'GRANT rds_superuser TO master',
    'CREATE DATABASE shop OWNER master',
  )
  const url = new URL(server.url)
  url.username = 'master'
  url.password = 'canary'
  url.pathname = '/shop'
  const setup = (iam: string[], ...args: string[]) =>
    cli(['setup', 'access', ...args], {
      env: { DATABASE_URL: url.href, HOWDAH_ACCESS: JSON.stringify({ databases: [{ name: 'shop' }], iam }) },
    })
  const members = (role: string) =>
    query(
      server.url,
      'SELECT DISTINCT pg_get_userbyid(member) AS name FROM pg_auth_members WHERE roleid = $1::regrole AND NOT admin_option ORDER BY 1',
      [role],
    )
  const made = await setup(['migrator', 'readOnly'])
  expect(made.exit, made.stderr).toBe(0)
  expect(await members('rds_iam')).toEqual([{ name: 'shop_migrator' }, { name: 'shop_readonly' }])
  expect(await members('pg_use_reserved_connections')).toEqual([{ name: 'howdah_monitor' }])
  expect((await setup(['migrator', 'readOnly'])).stdout).toContain('Nothing to do')
  const fewer = await setup(['migrator'], '--check')
  expect(fewer).toMatchObject({
    exit: 6,
    stdout: expect.stringContaining('"shop_readonly" is a member of "rds_iam"'),
  })
  const taken = await setup(['migrator'])
  expect(taken.exit, taken.stderr).toBe(0)
  expect(await members('rds_iam')).toEqual([{ name: 'shop_migrator' }])
})
