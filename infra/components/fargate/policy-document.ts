import * as pulumi from '@pulumi/pulumi'

type Values = pulumi.Input<string> | readonly pulumi.Input<string>[]

/** One statement of an IAM policy, as IAM spells it. */
export interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?:
    | Readonly<Record<'Service' | 'Federated' | 'AWS', Values>>
    | Readonly<Record<string, Values>>
  readonly Action: readonly string[]
  readonly Resource?: Values
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>
}

export function policyDocument(statements: readonly Statement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: '2012-10-17', Statement: statements })
}

/** The parts of an ARN that other ARNs are made of; any ARN of the account and region will do. */
export interface ArnScope {
  readonly partition: string
  readonly region: string
  readonly account: string
}

export function scopeOf(arn: pulumi.Input<string>): pulumi.Output<ArnScope> {
  return pulumi.output(arn).apply(text => {
    const [, partition = '', , region = '', account = ''] = text.split(':')
    return { partition, region, account }
  })
}

/** Who may take a role that tasks run with: ECS, on behalf of this account, so that nobody else's task can be given it. */
export function assumedByTasks(scope: pulumi.Output<ArnScope>): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: 'TasksOfThisAccount',
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: ['sts:AssumeRole'],
      Condition: {
        StringEquals: { 'aws:SourceAccount': scope.account },
        ArnLike: {
          'aws:SourceArn': pulumi.interpolate`arn:${scope.partition}:ecs:${scope.region}:${scope.account}:*`,
        },
      },
    },
  ])
}
