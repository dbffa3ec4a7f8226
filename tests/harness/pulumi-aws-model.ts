import { COMPUTE } from './pulumi-aws/compute.ts'
import { DATA } from './pulumi-aws/data.ts'
import { IDENTITY } from './pulumi-aws/identity.ts'
import { NETWORK } from './pulumi-aws/network.ts'
import { OBSERVATION } from './pulumi-aws/observation.ts'
import { OTHERS } from './pulumi-aws/others.ts'
import type { ResourceModel } from './pulumi-model.ts'

/**
 * Every type of resource that the platform may register; others are refused. `replaces` are the arguments that the provider
 * marks ForceNew (or RequiresReplace) in its schema, `internal/service/<service>/<resource>.go` of
 * github.com/hashicorp/terraform-provider-aws, on which @pulumi/aws is built.
 */
export const AWS_MODEL: Readonly<Record<string, ResourceModel>> = {
  ...NETWORK,
  ...DATA,
  ...IDENTITY,
  ...COMPUTE,
  ...OBSERVATION,
  ...OTHERS,
}
