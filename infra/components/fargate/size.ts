import { RunError } from '@pulumi/pulumi'

/** CPU units (1024 is a vCPU) and the memory in MiB that Fargate sells with them: from, to, step. */
const SIZES: Readonly<Record<number, readonly [from: number, to: number, step: number]>> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
}

/** With a quarter of a vCPU there are 512, 1024 and 2048 MiB, and nothing between. */
const NOT_SOLD: ReadonlySet<string> = new Set(['256/1536'])

export interface TaskSize {
  /** CPU units: 1024 is a vCPU. */
  readonly cpu: number
  readonly memoryMib: number
}

/** @throws RunError that names the setting, where Fargate has no such size: it would refuse the task definition half-way through an update. */
export function requireFargateSize(setting: string, { cpu, memoryMib }: TaskSize): void {
  const sold = SIZES[cpu]
  if (sold === undefined) {
    throw new RunError(
      `${setting}: Fargate has no task with ${cpu} CPU units, but ${Object.keys(SIZES).join(', ')}`,
    )
  }
  const [from, to, step] = sold
  if (memoryMib < from || memoryMib > to || memoryMib % step !== 0 || NOT_SOLD.has(`${cpu}/${memoryMib}`)) {
    throw new RunError(
      `${setting}: with ${cpu} CPU units Fargate has ${from} to ${to} MiB of memory in steps of ${step}, not ${memoryMib}`,
    )
  }
}
