import { instanceClass as capacityOf, type InstanceClass } from '../../../runner/names.ts'
import { RefusedSetting } from '../refused-setting.ts'

/** What thresholds are derived from; plain values, since an alarm's limit has to be known before the instance is. */
export interface InstanceSizing {
  /** `db.r8g.large`. */
  readonly instanceClass: string
  /** Processors and memory of a class that the table does not know; absent: from the table. */
  readonly capacity?: InstanceClass
  readonly allocatedStorageGib: number
  /** Up to where the disk grows by itself; 0: it does not. */
  readonly maxAllocatedStorageGib: number
  /** `gp3`, `gp2`, `io1`, `io2`. */
  readonly storageType: string
  readonly maxConnections: number
  /** Whether Database Insights is on; without it there is no DBLoad. */
  readonly insights: boolean
}

export interface InstanceFacts extends InstanceSizing {
  readonly capacity: InstanceClass
  /** Whether the instance's resource id is known, by which Insights is asked for deadlocks. */
  readonly watchesDeadlocks: boolean
  /** Absent: it is the primary. */
  readonly replica?: { readonly rpoSeconds: number }
}

/** Refuses a class that nobody can derive a limit from: an alarm with a made-up one is worse than none. */
export function capacityOfSizing(setting: string, sizing: InstanceSizing): InstanceClass {
  const capacity = sizing.capacity ?? capacityOf(sizing.instanceClass)
  if (!capacity)
    throw new RefusedSetting(
      setting,
      `of ${sizing.instanceClass} neither processors nor memory are known, so that no alarm can be derived from it; take a class of the families m, r, t or x2, or give its capacity`,
    )
  return capacity
}
