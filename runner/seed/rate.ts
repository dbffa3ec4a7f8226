import { formatCount, formatDuration } from '../core/units.ts'

const BAR_CELLS = 20

/** `███░░ 42 % · 420,000 of 1,000,000 rows · 98,000 rows/s · 6 s left`: how far a long stream of rows has come. */
export function describeProgress(rows: number, total: number, elapsedMs: number): string {
  const share = total === 0 ? 1 : Math.min(1, rows / total)
  const filled = Math.round(share * BAR_CELLS)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`
  const parts = [`${bar} ${Math.floor(share * 100)} %`, `${formatCount(rows)} of ${formatCount(total)} rows`]
  if (rows > 0 && elapsedMs > 0) {
    parts.push(`${formatCount(rowsPerSecond(rows, elapsedMs))} rows/s`)
    parts.push(`${formatDuration((elapsedMs / rows) * (total - rows))} left`)
  }
  return parts.join(' · ')
}

/** A whole number; 0 when nothing was measured. */
export function rowsPerSecond(rows: number, durationMs: number): number {
  return durationMs > 0 ? Math.round((rows * 1000) / durationMs) : 0
}
