import { COMPUTE } from './pulumi-aws/compute.ts'
import { DATA } from './pulumi-aws/data.ts'
import { IDENTITY } from './pulumi-aws/identity.ts'
import { NETWORK } from './pulumi-aws/network.ts'
import { OBSERVATION } from './pulumi-aws/observation.ts'
import { OTHERS } from './pulumi-aws/others.ts'
import type { ResourceModel } from './pulumi-aws/resource-model.ts'

/**
 * Every type of resource that the platform may register; others are refused. `replaces` are the arguments that the provider
 * marks ForceNew (or RequiresReplace) in its schema, `internal/service/<service>/<resource>.go` of
 * github.com/hashicorp/terraform-provider-aws, on which @pulumi/aws is built. Read there, word for word: aws_db_instance,
 * aws_db_instance_automated_backups_replication, aws_backup_vault and aws_backup_vault_lock_configuration; the others are what
 * is known of AWS, and were not looked up. `region` replaces everything that has it, and is not listed.
 */
export const AWS_MODEL: Readonly<Record<string, ResourceModel>> = {
  ...NETWORK,
  ...DATA,
  ...IDENTITY,
  ...COMPUTE,
  ...OBSERVATION,
  ...OTHERS,
}
