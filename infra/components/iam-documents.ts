import type { types } from '@pulumi/aws'
import { type Input, jsonStringify, type Output } from '@pulumi/pulumi'

/** One statement of a policy. What it allows is listed: actions and resources are never left to a wildcard that AWS lets us name. */
export type Statement = types.input.iam.PolicyStatement

/** The JSON of a policy. */
export function policyDocument(statements: readonly Statement[]): Output<string> {
  return jsonStringify({ Version: '2012-10-17', Statement: statements })
}

/** The JSON that lets a service of AWS take on a role. */
export function trustedService(service: string): Output<string> {
  return policyDocument([{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }])
}

/** The JSON that lets ECS tasks of this account take on a role; which tasks is decided by who may pass it. */
export function trustedTasks(accountId: Input<string>): Output<string> {
  return policyDocument([
    {
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
    },
  ])
}
