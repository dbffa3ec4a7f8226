import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'

export interface LogGroupsArgs {
  readonly estate: Estate
  readonly region: string
  /** Identifier of the instance, which the name of the group is made of. */
  readonly identifier: string
  readonly logs: readonly string[]
  readonly retentionDays: number
  readonly kmsKeyArn: pulumi.Input<string>
}

/** The groups an instance writes its logs to. They are there before it is: RDS would make them itself, without an end. */
export function makeLogGroups(
  parent: pulumi.Resource,
  name: string,
  args: LogGroupsArgs,
  transform: Transform<aws.cloudwatch.LogGroupArgs> | undefined,
): aws.cloudwatch.LogGroup[] {
  return args.logs.map(
    log =>
      new aws.cloudwatch.LogGroup(
        `${name}-log-${log}`,
        ...transformed(
          transform,
          {
            name: `/aws/rds/instance/${args.identifier}/${log}`,
            retentionInDays: args.retentionDays,
            kmsKeyId: args.kmsKeyArn,
            region: args.region,
            tags: { ...args.estate.tags },
          },
          { parent },
        ),
      ),
  )
}
