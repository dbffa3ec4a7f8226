import { readFileSync } from 'node:fs'

/**
 * The most memory this process has ever held resident, in kibibytes. Not `resourceUsage().maxRSS` where there is another
 * way: a child inherits that number from the parent that spawned it.
 */
export function peakRssKib(): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
    if (line?.[1]) return Number(line[1])
  } catch {
    // No /proc: not Linux.
  }
  return process.resourceUsage().maxRSS
}
