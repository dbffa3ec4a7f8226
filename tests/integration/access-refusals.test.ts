import { Client } from 'pg'
import { expect, test } from 'vitest'
import { HowdahError } from '../../runner/core/errors.ts'
import { accessStage, quoted } from '../harness/access.ts'
import { cli } from '../harness/cli.ts'
import { execute, query } from '../harness/postgres.ts'

test('a role without CREATEROLE leaves nothing half made, and is told what it lacks', async () => {
  await using stage = await accessStage()
  await execute(stage.db.adminUrl, `ALTER ROLE ${quoted(stage.names.master)} NOCREATEROLE`)
  const refused = await stage.setup()
  expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('privilege-missing') })
  const roles = await query(stage.db.url, 'SELECT FROM pg_roles WHERE rolname = $1', [stage.names.owner])
  expect(roles).toEqual([])
})

test('a membership that a superuser granted is not claimed to be gone', async () => {
  await using stage = await accessStage()
  const { names, db } = stage
  expect((await stage.setup()).exit).toBe(0)
  await execute(db.adminUrl, `GRANT ${quoted(names.owner)} TO ${quoted(names.application)}`)
  expect(await stage.setup()).toMatchObject({
    exit: 4,
    stderr: expect.stringContaining('access-incomplete'),
  })
  await execute(db.adminUrl, `REVOKE ${quoted(names.owner)} FROM ${quoted(names.application)}`)
  expect((await stage.setup('--check')).exit).toBe(0)
})

test('superusers and the role that asks are never touched', async () => {
  await using stage = await accessStage()
  const [me] = await query<{ name: string }>(stage.db.url, 'SELECT current_user AS name')
  for (const application of [me?.name, stage.names.master]) {
    const access = { ...stage.settings, roles: { ...stage.settings.roles, application } }
    const refused = await cli(['setup', 'access'], {
      env: { DATABASE_URL: stage.masterUrl, HOWDAH_ACCESS: JSON.stringify(access) },
    })
    expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('access-role-refused') })
  }
})

test('grants to roles outside of the model are told and left alone', async () => {
  await using stage = await accessStage()
  const stranger = `${stage.names.master} analyst`
  await execute(stage.masterUrl, 'CREATE TABLE public.t (id int)')
  expect((await stage.setup()).exit).toBe(0)
  await execute(
    stage.db.url,
    `CREATE ROLE ${quoted(stranger)} LOGIN`,
    `GRANT SELECT ON public.t TO ${quoted(stranger)}`,
  )
  const checked = await stage.setup('--check')
  expect(checked).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining(`role "${stranger}" has SELECT on tables`),
  })
})

test('settings that are wrong are all named, and nothing is tried', async () => {
  await using stage = await accessStage()
  const wrong = {
    roles: { application: 'pg_app', reader: 'x' },
    databases: [{ name: 'template1' }],
    wrong: 1,
  }
  const refused = await cli(['setup', 'access'], {
    env: { DATABASE_URL: stage.masterUrl, HOWDAH_ACCESS: JSON.stringify(wrong) },
  })
  expect(refused.exit).toBe(2)
  for (const word of ['keeps for itself', 'reader', 'the server keeps', 'wrong'])
    expect(refused.stderr).toContain(word)
  const twice = { ...stage.settings, roles: { ...stage.settings.roles, pooler: stage.names.owner } }
  const same = await cli(['setup', 'access'], {
    env: { DATABASE_URL: stage.masterUrl, HOWDAH_ACCESS: JSON.stringify(twice) },
  })
  expect(same).toMatchObject({ exit: 2, stderr: expect.stringContaining('the name of two roles') })
})

test('a table that others hold is waited for briefly, and nothing of the database is changed by halves', async () => {
  await using stage = await accessStage()
  await execute(stage.masterUrl, 'CREATE TABLE public.held (id int)')
  const holder = new Client(stage.db.url)
  await holder.connect()
  try {
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE public.held')
    const refused = await stage.setup('--lock-timeout-ms', '50')
    expect(refused).toMatchObject({ exit: 5, stderr: expect.stringContaining('access-busy') })
    const schemas = await query(stage.db.url, `SELECT FROM pg_namespace WHERE nspname = 'howdah'`)
    expect(schemas).toEqual([])
  } finally {
    await holder.end()
  }
  expect((await stage.setup()).exit).toBe(0)
})

test('an interruption ends the wait for another run, with nothing changed', async () => {
  await using stage = await accessStage()
  const holder = new Client(stage.db.url)
  await holder.connect()
  try {
    await holder.query('SELECT pg_advisory_lock(1633903475)')
    const controller = new AbortController()
    const run = cli(['setup', 'access'], {
      env: { DATABASE_URL: stage.masterUrl, HOWDAH_ACCESS: JSON.stringify(stage.settings) },
      signal: controller.signal,
    })
    const isWaiting = async () =>
      (
        await query(
          stage.db.adminUrl,
          `SELECT FROM pg_stat_activity WHERE application_name = 'howdah/setup access' AND datname = $1`,
          [stage.db.name],
        )
      ).length > 0
    while (!(await isWaiting())) await new Promise(resolve => setTimeout(resolve, 20))
    controller.abort(new HowdahError('interrupted', { signal: 'SIGINT' }))
    expect((await run).exit).toBe(130)
  } finally {
    await holder.end()
  }
  const roles = await query(stage.db.url, 'SELECT FROM pg_roles WHERE rolname = $1', [stage.names.owner])
  expect(roles).toEqual([])
})

test('another run is waited for no longer than is said', async () => {
  await using stage = await accessStage()
  const holder = new Client(stage.db.url)
  await holder.connect()
  try {
    await holder.query('SELECT pg_advisory_lock(1633903475)')
    const busy = await stage.setup('--run-lock-budget-ms', '10')
    expect(busy).toMatchObject({ exit: 5, stderr: expect.stringContaining('another `howdah setup access`') })
  } finally {
    await holder.end()
  }
})
