import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Transform, transformed } from '../transform.ts'

export interface LogSettings {
  /** A key whose policy lets CloudWatch Logs of the region use it. */
  readonly keyArn: pulumi.Input<string>
  readonly retentionDays: number
}

/** Made before whatever writes to it, which would make one that is neither encrypted nor ever emptied. */
export function registerLogGroup(
  name: string,
  args: {
    readonly physicalName: string
    readonly logs: LogSettings
    readonly tags: Readonly<Record<string, string>>
  },
  transform: Transform<aws.cloudwatch.LogGroupArgs> | undefined,
  parent: pulumi.Resource,
): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    name,
    ...transformed<aws.cloudwatch.LogGroupArgs>(
      transform,
      {
        name: args.physicalName,
        kmsKeyId: args.logs.keyArn,
        retentionInDays: args.logs.retentionDays,
        tags: args.tags,
      },
      { parent },
    ),
  )
}
