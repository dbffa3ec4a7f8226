import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'

export interface FlowLogArgs {
  readonly retentionDays: number
  /** Key of the log group; its policy has to let the service of logs use it. */
  readonly kmsKeyArn: pulumi.Input<string>
}

export interface FlowLogTransforms {
  readonly flowLog?: Transform<aws.ec2.FlowLogArgs>
  readonly flowLogGroup?: Transform<aws.cloudwatch.LogGroupArgs>
  readonly flowLogRole?: Transform<aws.iam.RoleArgs>
}

interface Wanted extends FlowLogArgs {
  readonly estate: Estate
  readonly region: string
  readonly vpcId: pulumi.Input<string>
}

/** Who talked to whom in the VPC (EC2.6 of Security Hub). */
export function makeFlowLog(
  parent: pulumi.Resource,
  name: string,
  { estate, region, vpcId, retentionDays, kmsKeyArn }: Wanted,
  transform: FlowLogTransforms | undefined,
): void {
  const tags = { ...estate.tags }
  const group = new aws.cloudwatch.LogGroup(
    `${name}-flow-log-group`,
    ...transformed(
      transform?.flowLogGroup,
      {
        name: `/howdah/${estate.prefix}/${name}/flow`,
        retentionInDays: retentionDays,
        kmsKeyId: kmsKeyArn,
        region,
        tags,
      },
      { parent },
    ),
  )
  const role = new aws.iam.Role(
    `${name}-flow-log-role`,
    ...transformed(
      transform?.flowLogRole,
      {
        assumeRolePolicy: pulumi.jsonStringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
              Action: 'sts:AssumeRole',
            },
          ],
        }),
        tags,
      },
      { parent },
    ),
  )
  const policy = new aws.iam.RolePolicy(
    `${name}-flow-log-policy`,
    {
      role: role.id,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
            Resource: [group.arn, pulumi.interpolate`${group.arn}:log-stream:*`],
          },
        ],
      }),
    },
    { parent },
  )
  new aws.ec2.FlowLog(
    `${name}-flow-log`,
    ...transformed(
      transform?.flowLog,
      {
        vpcId,
        trafficType: 'ALL',
        logDestinationType: 'cloud-watch-logs',
        logDestination: group.arn,
        iamRoleArn: role.arn,
        maxAggregationInterval: 600,
        region,
        tags,
      },
      { parent, dependsOn: [policy] },
    ),
  )
}
