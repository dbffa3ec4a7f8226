import { expect, test } from 'vitest'
import { writeYaml } from './write-yaml.ts'

test('objects, lists and texts are written as blocks, and PromQL without escapes', () => {
  const written = writeYaml({
    groups: [{ name: 'a', rules: [{ expr: 'up{job="x"} == 0', for: '1m', labels: {} }] }, { name: 'b' }],
    'a/b': 1,
    none: [],
    absent: undefined,
  })
  expect(written).toBe(`groups:
  - name: "a"
    rules:
      - expr: |-
          up{job="x"} == 0
        for: "1m"
        labels: {}
  - name: "b"
"a/b": 1
none: []
`)
})

test('a text that a literal block would change is escaped', () => {
  expect(writeYaml([' "a"', '"ä"', '"a"\nb', 'yes: # no'])).toBe(
    ['- " \\"a\\""', '- "\\"ä\\""', '- "\\"a\\"\\nb"', '- "yes: # no"', ''].join('\n'),
  )
})
