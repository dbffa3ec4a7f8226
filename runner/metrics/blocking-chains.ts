/** A session that waits, and those it waits for; 0 stands for a prepared transaction, which has no session. */
export interface Wait {
  readonly pid: number
  readonly blockers: readonly number[]
}

export interface BlockingChains {
  /** Sessions others wait for and that wait for nobody; each prepared transaction that blocks counts as one together. */
  readonly roots: number
  /** The most sessions that wait in a row behind one root. */
  readonly depth: number
  /** The most sessions that wait for one root, directly or behind others. */
  readonly widest: number
}

/** Sorts waits into chains. A circle (a deadlock not yet found) has no root and counts for nothing. */
export function blockingChains(waits: readonly Wait[]): BlockingChains {
  const waiters = new Map<number, number[]>()
  const waiting = new Set(waits.map(({ pid }) => pid))
  for (const { pid, blockers } of waits)
    for (const blocker of new Set(blockers)) waiters.set(blocker, [...(waiters.get(blocker) ?? []), pid])
  const roots = [...waiters.keys()].filter(pid => !waiting.has(pid))
  const depths = new Map<number, number>()
  const depthBelow = (pid: number, above: ReadonlySet<number>): number => {
    const known = depths.get(pid)
    if (known !== undefined) return known
    const path = new Set(above).add(pid)
    const below = (waiters.get(pid) ?? []).filter(waiter => !path.has(waiter))
    const depth = Math.max(0, ...below.map(waiter => 1 + depthBelow(waiter, path)))
    depths.set(pid, depth)
    return depth
  }
  return {
    roots: roots.length,
    depth: Math.max(0, ...roots.map(root => depthBelow(root, new Set()))),
    widest: Math.max(0, ...roots.map(root => reachable(root, waiters).size)),
  }
}

function reachable(root: number, waiters: ReadonlyMap<number, readonly number[]>): ReadonlySet<number> {
  const found = new Set<number>()
  const open = [root]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop())
    for (const waiter of waiters.get(pid) ?? [])
      if (!found.has(waiter)) {
        found.add(waiter)
        open.push(waiter)
      }
  return found
}
