import { expect, test } from 'vitest'
import { MIGRATION_EVENTS } from '../../runner/migrate/migrate.ts'
import { filesBelow } from './source-files.ts'

const sources = filesBelow(['runner/migrate'], ['.ts']).filter(
  ({ path }) => !path.endsWith('.test.ts') && path !== 'runner/migrate/events.ts',
)

test('migrations log nothing but the events of runner/migrate/events.ts, through logEvent', () => {
  const past = sources.filter(({ text }) => /\blog\s*\.\s*(debug|info|warn|error|event)\(/.test(text))
  expect(past.map(({ path }) => path)).toEqual([])
})

test('every event of the table is logged somewhere', () => {
  const logged = sources.flatMap(({ text }) =>
    [...text.matchAll(/\blogEvent\(\s*[\w.]+,\s*'([a-z.-]+)'/g)].map(match => match[1]),
  )
  expect([...new Set(logged)].sort()).toEqual(Object.keys(MIGRATION_EVENTS).sort())
})
