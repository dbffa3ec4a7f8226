import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { writeYaml } from './write-yaml.ts'

test('texts are quoted, so that none is taken for something else, and PromQL stands without escapes', () => {
  const written = writeYaml({
    groups: [{ name: 'yes', rules: [{ expr: 'up{job="x"} == 0', for: '1m', labels: {} }] }, { name: 'b' }],
    none: [],
    absent: undefined,
  })
  expect(written).toBe(`groups:
  - name: "yes"
    rules:
      - expr: |-
          up{job="x"} == 0
        for: "1m"
        labels: {}
  - name: "b"
none: []
`)
})

test('what is written is read again, whatever is in it', () => {
  const value = {
    texts: [' "a"', '"ä"\n', '"a"\nb', 'yes: # no', '', "'", 'x'.repeat(300), '"x" '.repeat(99)],
    'a/b': 1,
    flag: true,
  }
  expect(parse(writeYaml(value))).toEqual(value)
})
