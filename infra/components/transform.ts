import type { CustomResourceOptions } from '@pulumi/pulumi'

/** Changes what a resource is registered with, in place: the last word belongs to whoever runs the platform. */
export type Transform<Args> = (args: Args, options: CustomResourceOptions) => void

/** Arguments and options after the user's transform, to be spread into the resource's constructor behind its name. */
export function transformed<Args extends object>(
  transform: Transform<Args> | undefined,
  args: Args,
  options: CustomResourceOptions,
): [Args, CustomResourceOptions] {
  const [ownArgs, ownOptions] = [{ ...args }, { ...options }]
  transform?.(ownArgs, ownOptions)
  return [ownArgs, ownOptions]
}
