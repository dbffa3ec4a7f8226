import { formatCount } from '../../core/units.ts'
import type { CountedLoss } from './count-losses.ts'

/** One loss on a line: `column users.bio: its values (1,234 that are not null)`. */
export function lossLine({ kind, object, reason, by, file, line, column, count }: CountedLoss): string {
  const what =
    kind === 'unknown' ? [object, reason].filter(Boolean).join(': ') : `${kind} ${object}: ${reason}`
  if (by === 'migration')
    return `already lost when it was applied, and not brought back: ${what} (${file}:${line})`
  return `lost: ${what}${countText(count, kind, column)} (${file}:${line})`
}

/** `, 5 now`; a statement that picks its rows takes no more than there are. */
function countText(
  count: CountedLoss['count'],
  kind: CountedLoss['kind'],
  column: string | undefined,
): string {
  if (!count) return ''
  const most = kind === 'rows' || kind === 'values' || kind === 'type' ? 'at most ' : ''
  const rows = `${most}${count.isEstimate ? 'about ' : ''}${formatCount(Math.round(count.rows))}`
  if (kind === 'table' || kind === 'rows') return `, ${rows} now`
  return column === undefined || count.isEstimate ? `, in ${rows} rows now` : `, ${rows} of them not null now`
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
