/** Deals an iterator out in pieces of `size`; each piece has to be used up before the next is taken. */
export function* batches<T>(items: Iterator<T>, size: number): Generator<Iterable<T>> {
  let next = items.next()
  function* piece(): Generator<T> {
    for (let count = 0; count < size && !next.done; count++) {
      yield next.value
      next = items.next()
    }
  }
  while (!next.done) yield piece()
}
