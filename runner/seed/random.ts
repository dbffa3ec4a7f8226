/** Spreads a 32-bit number over all 32-bit numbers, one to one (the finalizer of MurmurHash3). */
export function mix32(value: number): number {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

/** A 32-bit number made of a seed and a name; the same on every machine. */
export function hash32(seed: number, name: string): number {
  // A seed may be larger than 32 bits: both halves count.
  let hash = mix32(seed) ^ mix32(Math.floor(seed / 0x1_0000_0000) + 0x9e3779b9)
  for (const character of name) hash = mix32(Math.imul(hash, 31) + (character.codePointAt(0) ?? 0))
  return hash >>> 0
}

/** A stream of pseudo-random numbers that is a function of its seed alone. Not for secrets. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, limit). */
  below(limit: number): number
  pick<T>(list: readonly T[]): T
}

/** An independent stream for each name (sfc32 by Chris Doty-Humphrey, which passes PractRand). */
export function createRandom(seed: number, stream: string): Random {
  let a = hash32(seed, `${stream}/a`)
  let b = hash32(seed, `${stream}/b`)
  let c = hash32(seed, `${stream}/c`)
  let counter = 1
  const next32 = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < 12; round++) next32()
  const next = () => next32() / 0x1_0000_0000
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: <T>(list: readonly T[]): T => {
      const value = list[below(list.length)]
      if (value === undefined) throw new RangeError('nothing to pick from')
      return value
    },
  }
}
