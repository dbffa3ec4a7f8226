import { formatCount, plural } from '../../core/units.ts'
import type { CountedLoss } from './count-losses.ts'

/** One loss on a line: `column users.bio: its values (1,234 that are not null)`. */
export function lossLine({ kind, object, reason, by, file, line, column, count }: CountedLoss): string {
  const what =
    kind === 'unknown' ? [object, reason].filter(Boolean).join(': ') : `${kind} ${object}: ${reason}`
  if (by === 'migration')
    return `already lost when it was applied, and not brought back: ${what} (${file}:${line})`
  return `lost: ${what}${countText(count, kind, column)} (${file}:${line})`
}

function countText(
  count: CountedLoss['count'],
  kind: CountedLoss['kind'],
  column: string | undefined,
): string {
  if (!count) return ''
  const upTo = kind === 'rows' || kind === 'values' || kind === 'type' ? 'up to ' : ''
  const about = count.isEstimate ? 'about ' : ''
  if (column !== undefined && !count.isEstimate)
    return `, ${upTo}${formatCount(count.rows)} of them not null now`
  return `, ${upTo}${about}${plural(Math.round(count.rows), 'row')} now`
}

/** A loss for a program. */
export function lossData({ kind, object, reason, by, file, line, count }: CountedLoss) {
  return {
    kind,
    object,
    reason,
    by,
    file,
    line,
    rows: count?.rows ?? null,
    rowsAreEstimate: count?.isEstimate ?? null,
  }
}
