const GIB = 2 ** 30

/** CPUs by the size in a class's name; sizes up from `2xlarge` are four CPUs for each. */
const SMALL_SIZES: Readonly<Record<string, number>> = { medium: 1, large: 2, xlarge: 4 }

/**
 * GiB for each CPU, by family. Only families that keep to one ratio in every size are here: of a class that is not, nothing
 * is said. x86 and ARM generations of a family are alike. Source: "Hardware specifications for DB instance classes" of the RDS
 * User Guide, as of November 2026; a family that is newer has to be added.
 */
const GIB_A_CPU: readonly (readonly [RegExp, number])[] = [
  [/^m(4|5|5d|6g|6gd|6i|6id|7g|7i|8g|8gd)$/, 4],
  [/^r(5|5b|5d|6g|6gd|6i|6id|7g|7i|8g|8gd)$/, 8],
  [/^x2(g|idn)$/, 16],
  [/^x2iedn$/, 32],
]

/** Families that burst have two CPUs, from their size on which memory doubles instead. */
const BURSTING: Readonly<Record<string, { readonly cpus: number; readonly gib: number }>> = {
  micro: { cpus: 2, gib: 1 },
  small: { cpus: 2, gib: 2 },
  medium: { cpus: 2, gib: 4 },
  large: { cpus: 2, gib: 8 },
  xlarge: { cpus: 4, gib: 16 },
  '2xlarge': { cpus: 8, gib: 32 },
}

export interface InstanceClass {
  readonly cpus: number
  readonly memoryBytes: number
}

/** What a class such as `db.r6g.large` has; `undefined` for one that is not known here. Pure. */
export function instanceClass(name: string): InstanceClass | undefined {
  const [, family = '', size = ''] = /^db\.([a-z0-9]+)\.([a-z0-9]+)$/.exec(name) ?? []
  const bursting = /^t(3|4g)$/.test(family) ? BURSTING[size] : undefined
  if (bursting) return { cpus: bursting.cpus, memoryBytes: bursting.gib * GIB }
  const gib = GIB_A_CPU.find(([families]) => families.test(family))?.[1]
  const multiple = /^(\d+)xlarge$/.exec(size)?.[1]
  const cpus = multiple ? Number(multiple) * 4 : SMALL_SIZES[size]
  return gib === undefined || cpus === undefined ? undefined : { cpus, memoryBytes: cpus * gib * GIB }
}
