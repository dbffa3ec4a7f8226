/** What is known of an instance class by its name. */
export interface InstanceClass {
  readonly vcpus: number
  readonly memoryGib: number
  /** Whether it lives on credits, and is slow when they are gone. */
  readonly burstable: boolean
}

/** GiB of memory for each processor, by the letter the family begins with. */
const MEMORY_PER_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, x: 16, z: 8 }

/** Burstable classes have two processors up to large, and memory of their own. */
const BURSTABLE_MEMORY: Readonly<Record<string, number>> = {
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  '2xlarge': 32,
}

/** Reads `db.r8g.2xlarge`; `undefined` where the family is not one whose memory follows from its name. */
export function instanceClassOf(name: string): InstanceClass | undefined {
  const [, family = '', size = ''] = name.split('.')
  if (family.startsWith('t')) {
    const memoryGib = BURSTABLE_MEMORY[size]
    return memoryGib === undefined
      ? undefined
      : { vcpus: Math.max(2, memoryGib / 4), memoryGib, burstable: true }
  }
  const perVcpu = MEMORY_PER_VCPU[family[0] ?? '']
  const vcpus = vcpusOf(size)
  if (perVcpu === undefined || vcpus === undefined) return undefined
  return { vcpus, memoryGib: vcpus * perVcpu, burstable: false }
}

function vcpusOf(size: string): number | undefined {
  if (size === 'medium') return 1
  if (size === 'large') return 2
  const multiple = /^(\d*)xlarge$/.exec(size)
  return multiple ? 4 * Number(multiple[1] || 1) : undefined
}
