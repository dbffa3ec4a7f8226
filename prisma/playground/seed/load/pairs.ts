/** Distinct pairs (left, right) without remembering any: pair `index` is a function of its number. */
export interface Pairs {
  /** 0 to the number of left ones - 1; each comes up in turn. */
  left(index: number): number
  right(index: number): number
}

/**
 * Goes round the left side; in each round every left one meets another right one. Its walk over the right side starts
 * where `startOf` says and never comes back before it has met all, since stride and number have no common divisor.
 * Holds for up to `lefts × rights` pairs.
 */
export function distinctPairs(lefts: number, rights: number, startOf: (left: number) => number): Pairs {
  const stride = strideOver(rights)
  const left = (index: number) => index % lefts
  return {
    left,
    right: index => (startOf(left(index)) + Math.floor(index / lefts) * stride) % rights,
  }
}

/** A number without a common divisor with `count`, near its golden section so that a walk looks scattered. */
function strideOver(count: number): number {
  let stride = Math.max(1, Math.round(count * 0.618))
  while (divisor(stride, count) !== 1) stride++
  return stride
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
