import type * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import type { SecretReference } from '../fargate/container.ts'
import type { LogSettings } from '../fargate/log-group.ts'
import type { TaskSize } from '../fargate/size.ts'
import type { TaskTransforms } from '../fargate/task.ts'
import type { Statement } from '../iam-documents.ts'
import type { Transform } from '../transform.ts'
import type { CiArgs, CiTransforms } from './continuous-integration.ts'
import type { RepositoryTransforms } from './repositories.ts'
import type { ScheduleTransforms } from './schedule.ts'
import type { TaskName } from './tasks.ts'

/** What a verb runs with. */
export interface RunnerTask {
  readonly size: TaskSize
  /** Settings of the runner that are no secrets: `HOWDAH_*`. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>
  /** Settings that are: `DATABASE_URL`. */
  readonly secrets: Readonly<Record<string, SecretReference>>
  /** What the verb may ask of AWS, action by action; absent: nothing. */
  readonly statements?: readonly Statement[]
  /** Arguments behind the verb. */
  readonly arguments?: readonly string[]
  /** A directory on disk, for what is too large for memory: the image has to declare it (`VOLUME`), owned by its user. */
  readonly scratch?: { readonly path: string; readonly sizeGib: number }
  readonly schedule?: {
    /** As EventBridge Scheduler has it: `cron(30 4 * * ? *)`, `rate(1 day)`. */
    readonly expression: string
    readonly timezone: string
  }
  readonly transform?: TaskTransforms & ScheduleTransforms
}

export interface RunnerTransforms extends RepositoryTransforms, CiTransforms {
  readonly cluster?: Transform<aws.ecs.ClusterArgs>
  readonly namespace?: Transform<aws.servicediscovery.PrivateDnsNamespaceArgs>
  readonly logGroup?: Transform<aws.cloudwatch.LogGroupArgs>
  readonly discovery?: Transform<aws.servicediscovery.ServiceArgs>
  readonly service?: Transform<aws.ecs.ServiceArgs>
  readonly scheduleGroup?: Transform<aws.scheduler.ScheduleGroupArgs>
}

export interface RunnerArgs {
  readonly estate: Estate
  readonly vpcId: pulumi.Input<string>
  /** Private subnets. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>
  /** May connect to the database, to each pooler, and to the services of AWS. */
  readonly securityGroupId: pulumi.Input<string>
  /** A reference as registries have it, or a tag or digest of the repository made here. */
  readonly image: string
  readonly architecture: 'X86_64' | 'ARM64'
  /** Encrypts images. */
  readonly imagesKeyArn: pulumi.Input<string>
  readonly secretsKeyArn: pulumi.Input<string>
  readonly logs: LogSettings
  /** One task definition for each verb that is named. */
  readonly tasks: Readonly<Partial<Record<TaskName, RunnerTask>>>
  /** `false` until the image is in the registry and the secrets have values: without them no task ever starts. */
  readonly started: boolean
  /** Who may start tasks from outside AWS; absent: nobody. */
  readonly ci?: CiArgs
  readonly transform?: RunnerTransforms
}
