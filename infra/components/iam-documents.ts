import { type Input, interpolate, jsonStringify, type Output, output } from '@pulumi/pulumi'

type Values = Input<string> | readonly Input<string>[]

/** One statement of a policy. What it allows is listed: actions and resources are never left to a wildcard that AWS lets us name. */
export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, Values>>
  readonly Action: string | readonly string[]
  readonly Resource?: Values
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>> | undefined
}

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

/** The parts of an ARN that other ARNs are made of; any ARN of the account and region will do. */
export interface ArnScope {
  readonly partition: string
  readonly region: string
  readonly account: string
}

export function scopeOf(arn: Input<string>): Output<ArnScope> {
  return output(arn).apply(text => {
    const [, partition = '', , region = '', account = ''] = text.split(':')
    return { partition, region, account }
  })
}

/** Who may take a role that tasks run with: ECS, on behalf of this account, so that nobody else's task can be given it. */
export function assumedByTasks(scope: Output<ArnScope>): Output<string> {
  return policyDocument([
    {
      Sid: 'TasksOfThisAccount',
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: ['sts:AssumeRole'],
      Condition: {
        StringEquals: { 'aws:SourceAccount': scope.account },
        ArnLike: {
          'aws:SourceArn': interpolate`arn:${scope.partition}:ecs:${scope.region}:${scope.account}:*`,
        },
      },
    },
  ])
}
