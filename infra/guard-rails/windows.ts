import { dailyMinutes, dailyWindows, overlap, weeklyWindow } from '../settings/windows.ts'
import { type GuardRail, when } from './guard-rail.ts'

/** The least RDS takes. */
const SHORTEST_MINUTES = 30
const LONGEST_MAINTENANCE_MINUTES = 24 * 60

/** RDS refuses windows that overlap, half-way through an update. */
export const windows: GuardRail = ({ settings: { database } }) => {
  const backup = dailyMinutes(database.backupWindow)
  const maintenance = weeklyWindow(database.maintenanceWindow)
  return [
    ...when(
      backup < SHORTEST_MINUTES,
      'howdah:database.backupWindow',
      `lasts ${backup} minutes; RDS wants ${SHORTEST_MINUTES} at least`,
    ),
    ...when(
      maintenance.minutes < SHORTEST_MINUTES,
      'howdah:database.maintenanceWindow',
      `lasts ${maintenance.minutes} minutes; RDS wants ${SHORTEST_MINUTES} at least`,
    ),
    ...when(
      maintenance.minutes > LONGEST_MAINTENANCE_MINUTES,
      'howdah:database.maintenanceWindow',
      'lasts more than a day; RDS allows 24 hours',
    ),
    ...when(
      dailyWindows(database.backupWindow).some(day => overlap(day, maintenance)),
      'howdah:database.maintenanceWindow',
      `overlaps howdah:database.backupWindow (${database.backupWindow}); move one of them`,
    ),
  ]
}
