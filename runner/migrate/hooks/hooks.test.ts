import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { HOOK_FACT_NAMES } from '../../config/hook-variables.ts'
import { hookEnvironment, hookSettings, listed } from './hook-context.ts'
import { eventOf } from './hook-files.ts'
import { LineOutput } from './line-output.ts'

test.each([
  ['before-run', 'before-run'],
  ['before-run.sql', 'before-run'],
  ['before-run 1.sh', 'before-run'],
  ['before-run_é', 'before-run'],
  ['after-migration.10-check.sql', 'after-migration'],
  ['after-run-before-run.sh', 'after-run'],
  ['before-runner.sh', undefined],
  ['before-migrations.sql', undefined],
  ['before-run2', undefined],
  ['my-before-run.sh', undefined],
])('the hook %s stands at %s', (name, event) => {
  expect(eventOf(name)).toBe(event)
})

test('facts replace those of a run around ours, and one that is absent is not set', () => {
  const own = { PATH: '/bin', HOWDAH_HOOK_MIGRATION: 'of the outer run', HOWDAH_HOOK_EVENT: 'outer' }
  const environment = hookEnvironment({ event: 'before-run' }, own)
  expect(environment).toMatchObject({ PATH: '/bin', HOWDAH_HOOK_EVENT: 'before-run' })
  expect(environment.HOWDAH_HOOK_MIGRATION).toBeUndefined()
})

test('for SQL every fact is set, a quote within one included', () => {
  const text = hookSettings({ migration: "it's" })
  for (const fact of HOOK_FACT_NAMES) expect(text).toContain(`'howdah.${fact}'`)
  expect(text).toContain("set_config('howdah.migration', 'it''s', true)")
  expect(text).toContain("set_config('howdah.outcome', '', true)")
})

test('a list of migrations fits into one variable, whole lines of it', () => {
  expect(listed(['a', 'b'])).toBe('a\nb')
  const many = Array.from({ length: 5000 }, (_, index) => `2024010100${index}_a_name_as_long_as_names_are`)
  const lines = listed(many).split('\n')
  expect(Buffer.byteLength(listed(many))).toBeLessThan(90 * 1024)
  expect(lines.length).toBeGreaterThan(1000)
  expect(many.slice(0, lines.length)).toEqual(lines)
})

async function linesOf(
  ...chunks: readonly (string | Buffer)[]
): Promise<{ lines: string[]; tail: readonly string[] }> {
  const lines: string[] = []
  const output = new LineOutput(line => lines.push(line))
  const stream = new PassThrough()
  output.read(stream)
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await finished(stream)
  return { lines, tail: output.tail }
}

test('output is passed on by lines, whatever pieces it comes in', async () => {
  const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)]
  expect((await linesOf('on', 'e\ntwo ', first, second, '\r\n\nlast')).lines).toEqual([
    'one',
    'two é',
    '',
    'last',
  ])
})

test('a line without end is cut, control characters are taken out, and the last lines are kept', async () => {
  const { lines, tail } = await linesOf(
    'x'.repeat(20_000),
    '\n',
    '\u001b[2J\u0007red\n',
    ...Array.from({ length: 12 }, (_, at) => `${at}\n`),
  )
  expect(lines.slice(0, 4).map(line => line.length)).toEqual([8192, 8192, 3616, 3])
  expect(tail).toEqual(['2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
})
