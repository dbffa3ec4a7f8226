import { expect, test } from 'vitest'
import { loadVerbs } from './load-verb.ts'
import { VERBS } from './verbs.ts'

test.each(VERBS.map(verb => [verb.path.join(' '), verb] as const))('%s is loaded alone', async (_, verb) => {
  expect(await loadVerbs([...verb.path, '--json'])).toEqual([verb])
})

test.each([
  [],
  ['--help'],
  ['migrate'],
  ['migrate', '--help'],
  ['deplyo'],
  ['verbs'],
  ['constructor'],
  ['toString'],
])('where %j names no verb there are all of them', async (...argv) => {
  expect(await loadVerbs(argv)).toBe(VERBS)
})
