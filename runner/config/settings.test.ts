import { expect, test } from 'vitest'
import { environmentLayer, flagLayer, parseConfig } from './parse.ts'
import { settingRows } from './present.ts'

const urls = (value: unknown) =>
  parseConfig([{ values: { poolerAdminUrls: value }, origin: () => 'a file' }]).config.poolerAdminUrls?.map(
    url => url.reveal(),
  )

test('several secrets are a list, a text with commas, or a flag given several times', () => {
  expect(urls('postgresql://a/pgbouncer , postgresql://b/pgbouncer')).toEqual([
    'postgresql://a/pgbouncer',
    'postgresql://b/pgbouncer',
  ])
  expect(urls(['x', 'y,z'])).toEqual(['x', 'y', 'z'])
  expect(urls(undefined)).toBeUndefined()
})

test('an empty one among several, and what is no text, is refused', () => {
  for (const value of ['a,', [], [1], 7])
    expect(() => urls(value)).toThrow(expect.objectContaining({ code: 'settings-invalid' }))
})

test('several secrets are never shown', () => {
  const parsed = parseConfig([flagLayer({ poolerAdminUrls: ['postgresql://u:s3cret@a/pgbouncer,b'] })])
  const row = settingRows(parsed).find(({ name }) => name === 'poolerAdminUrls')
  expect(row?.value).toBe('[set],[set]')
  expect(JSON.stringify(parsed)).not.toContain('s3cret')
})

test('what a hook is told is no unknown setting, and a misspelt setting beside it is one', () => {
  const layer = environmentLayer({
    HOWDAH_HOOK_RUN_ID: 'x',
    HOWDAH_HOOK_TIMEOUT: '1',
    HOWDAH_HOOK_MIGRATIONS: 'a\nb',
  })
  expect(() => parseConfig([layer])).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(
        'HOWDAH_HOOK_TIMEOUT in the environment; did you mean HOWDAH_HOOK_TIMEOUT_MS?',
      ),
    }),
  )
  expect(Object.keys(layer.values)).toEqual(['HOWDAH_HOOK_TIMEOUT'])
})
