import { type GuardRail, when } from './guard-rail.ts'

/** From so many GiB on RDS stripes a gp3 disk of Postgres over four, and only then takes operations and throughput. */
const GP3_THRESHOLD_GIB = 400
const GP3_IOPS = [12_000, 64_000] as const
const GP3_THROUGHPUT_MIBPS = [500, 4000] as const
/** Provisioned disks: the smallest, and operations for each GiB. */
const PROVISIONED_LEAST_GIB = 100
const MOST_IOPS_PER_GIB = { gp3: 500, io1: 50, io2: 1000 } as const

/** Disk: what RDS would refuse, and what would never help. */
export const storage: GuardRail = ({ settings: { database } }) => {
  const { allocatedStorageGib, maxAllocatedStorageGib, storageType, iops, throughputMibps } = database
  const provisioned = storageType !== 'gp3'
  const small = !provisioned && allocatedStorageGib < GP3_THRESHOLD_GIB
  const [leastIops, mostIops] = GP3_IOPS
  const [leastThroughput, mostThroughput] = GP3_THROUGHPUT_MIBPS
  return [
    ...when(
      maxAllocatedStorageGib !== 0 && maxAllocatedStorageGib < allocatedStorageGib * 1.1,
      'howdah:database.maxAllocatedStorageGib',
      `must be a tenth more than howdah:database.allocatedStorageGib (${allocatedStorageGib}), or 0 for a disk that does not grow`,
    ),
    ...when(
      small && iops !== undefined,
      'howdah:database.iops',
      `a gp3 disk below ${GP3_THRESHOLD_GIB} GiB has 3000 and takes no other number; leave it out, or raise howdah:database.allocatedStorageGib`,
    ),
    ...when(
      small && throughputMibps !== undefined,
      'howdah:database.throughputMibps',
      `a gp3 disk below ${GP3_THRESHOLD_GIB} GiB has 125 and takes no other number; leave it out, or raise howdah:database.allocatedStorageGib`,
    ),
    ...when(
      !provisioned && !small && iops !== undefined && (iops < leastIops || iops > mostIops),
      'howdah:database.iops',
      `must be from ${leastIops} to ${mostIops} on a gp3 disk of this size`,
    ),
    ...when(
      !provisioned &&
        !small &&
        throughputMibps !== undefined &&
        (throughputMibps < leastThroughput || throughputMibps > mostThroughput),
      'howdah:database.throughputMibps',
      `must be from ${leastThroughput} to ${mostThroughput} on a gp3 disk of this size`,
    ),
    ...when(
      provisioned && throughputMibps !== undefined,
      'howdah:database.throughputMibps',
      `is for gp3; on ${storageType} it follows from howdah:database.iops`,
    ),
    ...when(
      provisioned && iops === undefined,
      'howdah:database.iops',
      `is missing: a disk of ${storageType} is bought by it`,
    ),
    ...when(
      iops !== undefined && iops > allocatedStorageGib * MOST_IOPS_PER_GIB[storageType],
      'howdah:database.iops',
      `${storageType} has at most ${MOST_IOPS_PER_GIB[storageType]} for each GiB: ${allocatedStorageGib * MOST_IOPS_PER_GIB[storageType]} on this disk`,
    ),
    ...when(
      provisioned && allocatedStorageGib < PROVISIONED_LEAST_GIB,
      'howdah:database.allocatedStorageGib',
      `must be ${PROVISIONED_LEAST_GIB} at least with ${storageType}`,
    ),
    ...when(
      database.dedicatedLogVolume && !provisioned,
      'howdah:database.dedicatedLogVolume',
      'is for io1 and io2',
    ),
  ]
}
