import { hash32, mix32 } from '../../../../runner/seed/random.ts'
import { momentMs } from './moments.ts'

/** The id of row `index` of a table. */
export type Identify = (index: number) => string

/**
 * Ids in the form of time-ordered UUIDs (version 7) that can be worked out from a row's number, so that a row can refer to
 * another without either being kept in memory. Time-ordered, since a load of random ones spends its time on all pages of
 * the index in turn. Within a table they are distinct: the last word is a permutation of the number. `dataSet` tells one
 * load from another.
 */
export function createIdentifiers(dataSet: number): (table: string, count: number) => Identify {
  // Four digits at a time: formatting is what an id costs.
  const hex: string[] = []
  for (let value = 0; value < 0x1_0000; value++) hex.push(value.toString(16).padStart(4, '0'))
  const high = (word: number) => hex[word >>> 16] ?? ''
  const low = (word: number) => hex[word & 0xffff] ?? ''
  return (table, count) => {
    const key = hash32(dataSet, table)
    const random = hash32(key, 'random')
    return index => {
      const ms = momentMs(index, count)
      const seconds = Math.floor(ms / 0x1_0000)
      const a = mix32(index ^ random)
      const version = (a & 0x0fff) | 0x7000
      const variant = ((a >>> 16) & 0x3fff) | 0x8000
      const last = mix32(index ^ key)
      return `${high(seconds)}${low(seconds)}-${low(ms % 0x1_0000)}-${low(version)}-${low(variant)}-${low(key)}${high(last)}${low(last)}`
    }
  }
}
