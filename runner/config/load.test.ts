import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from './load.ts'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'howdah-config-'))
  const urls = { direct: 'postgresql://local/direct', pooled: 'postgresql://local/pooled' }
  await writeFile(join(cwd, 'local.json'), JSON.stringify({ pid: process.pid, urls }))
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

const urlsOf = async (
  env: Readonly<Record<string, string>>,
  flags: Readonly<Record<string, unknown>> = {},
) => {
  const { config } = await loadConfig({ cwd, env: { HOWDAH_HOME: '.', ...env }, flags })
  return [config.databaseUrl?.reveal(), config.directUrl?.reveal()]
}

test('the platform that runs here is taken where nothing else is said', async () => {
  expect(await urlsOf({})).toEqual(['postgresql://local/pooled', 'postgresql://local/direct'])
})

test.each([
  [{ DATABASE_URL: 'postgresql://prod/x' }, {}, ['postgresql://prod/x', undefined]],
  [{ DIRECT_URL: 'postgresql://prod/x' }, {}, [undefined, 'postgresql://prod/x']],
  [{}, { databaseUrl: 'postgresql://prod/x' }, ['postgresql://prod/x', undefined]],
])('%o with the flags %o leads to no database of the platform', async (env, flags, expected) => {
  expect(await urlsOf(env, flags)).toEqual(expected)
})

test('a URL of a flag is not overruled by the direct URL of the environment, which is of another database', async () => {
  const env = { DATABASE_URL: 'postgresql://staging/pooled', DIRECT_URL: 'postgresql://staging/direct' }
  expect(await urlsOf(env)).toEqual(['postgresql://staging/pooled', 'postgresql://staging/direct'])
  expect(await urlsOf(env, { databaseUrl: 'postgresql://prod/x' })).toEqual([
    'postgresql://prod/x',
    undefined,
  ])
  expect(await urlsOf(env, { directUrl: 'postgresql://staging/x' })).toEqual([
    'postgresql://staging/pooled',
    'postgresql://staging/x',
  ])
})
