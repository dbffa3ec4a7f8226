const DAY_MINUTES = 24 * 60
const WEEK_MINUTES = 7 * DAY_MINUTES
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** A stretch of a week: the minute it begins at, from Monday midnight UTC on, and how long it is. */
export interface Window {
  readonly start: number
  readonly minutes: number
}

const minuteOf = (clock: string) => {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  return hours * 60 + minutes
}

/** `23:30-00:30` is an hour; equal ends are a whole day. */
export function dailyMinutes(window: string): number {
  const [from = '', to = ''] = window.split('-')
  return (minuteOf(to) - minuteOf(from) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
}

/** One for each day of the week. */
export function dailyWindows(window: string): Window[] {
  const [from = ''] = window.split('-')
  return DAYS.map((_, day) => ({ start: day * DAY_MINUTES + minuteOf(from), minutes: dailyMinutes(window) }))
}

/** `sun:23:30-mon:00:30`. */
export function weeklyWindow(window: string): Window {
  const [start = 0, end = 0] = window.split('-').map(moment => {
    const day = moment.slice(0, 3)
    return DAYS.indexOf(day) * DAY_MINUTES + minuteOf(moment.slice(4))
  })
  return { start, minutes: (end - start + WEEK_MINUTES) % WEEK_MINUTES || WEEK_MINUTES }
}

/** Whether two windows have a minute in common, across the end of the week as well. */
export function overlap(one: Window, other: Window): boolean {
  const distance = (other.start - one.start + WEEK_MINUTES) % WEEK_MINUTES
  return distance < one.minutes || WEEK_MINUTES - distance < other.minutes
}
