import * as aws from '@pulumi/aws'
import { type CustomResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi'
import { policyDocument, type Statement } from '../iam-documents.ts'
import { transformed } from '../transform.ts'
import type { Level } from './alarm-spec.ts'
import type { AlarmsArgs } from './alarms-args.ts'

/** The topics of one region: alarms and rules can only tell those of their own. */
export interface Topics {
  readonly region: string
  readonly warn: aws.sns.Topic
  readonly page: aws.sns.Topic
  /** RDS publishes to a topic when it is subscribed to, and refuses one that does not let it. */
  readonly policies: readonly aws.sns.TopicPolicy[]
}

/** Two topics under a key of their own, each with a policy that lets in only what sends to it. */
export function createTopics(
  name: string,
  args: AlarmsArgs,
  region: string,
  options: CustomResourceOptions,
): Topics {
  const { estate, transform = {} } = args
  const key = new aws.kms.Key(
    `${name}-key`,
    ...transformed(
      transform.key,
      {
        description: `Alarms of ${estate.prefix}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        region,
        policy: keyPolicy(args.accountId),
        tags: estate.tags,
      },
      // Without it, what waits in the topics is lost, and no alarm goes out until there is another.
      { ...options, protect: estate.production, retainOnDelete: estate.production },
    ),
  )
  const policies: aws.sns.TopicPolicy[] = []
  return { region, warn: topic('warn'), page: topic('page'), policies }

  function topic(level: Level): aws.sns.Topic {
    const made = new aws.sns.Topic(
      `${name}-${level}`,
      ...transformed(
        transform.topic,
        {
          name: `${estate.prefix}-${level}`,
          kmsMasterKeyId: key.arn,
          signatureVersion: 2,
          region,
          tags: estate.tags,
        },
        options,
      ),
    )
    const policy = new aws.sns.TopicPolicy(
      `${name}-${level}-policy`,
      ...transformed(
        transform.topicPolicy,
        { arn: made.arn, region, policy: topicPolicy(made.arn, level, args, region) },
        options,
      ),
    )
    policies.push(policy)
    for (const { key: subscriber, protocol, endpoint } of (args.subscribers ?? []).filter(
      each => each.level === level,
    ))
      new aws.sns.TopicSubscription(
        `${name}-${level}-${subscriber}`,
        ...transformed(transform.topicSubscription, { topic: made.arn, protocol, endpoint, region }, options),
      )
    return made
  }
}

/** AWS's own key for SNS cannot be used by CloudWatch or EventBridge: what they send to a topic under it is lost without a word. */
function keyPolicy(accountId: Input<string>): Output<string> {
  return policyDocument([
    {
      Sid: 'GovernedByTheAccount',
      Effect: 'Allow',
      Principal: { AWS: interpolate`arn:aws:iam::${accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    {
      Sid: 'EncryptWhatIsSent',
      Effect: 'Allow',
      Principal: {
        Service: [
          'backup.amazonaws.com',
          'cloudwatch.amazonaws.com',
          'events.amazonaws.com',
          'events.rds.amazonaws.com',
        ],
      },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      // In a key's policy this is the key itself.
      Resource: '*',
    },
  ])
}

function topicPolicy(
  topicArn: Input<string>,
  level: Level,
  { accountId, estate }: AlarmsArgs,
  region: string,
): Output<string> {
  const allow = (Sid: string, service: string, Condition: Statement['Condition']): Statement => ({
    Sid,
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sns:Publish',
    Resource: topicArn,
    Condition,
  })
  const ofThisAccount = { StringEquals: { 'aws:SourceAccount': accountId } }
  const from = (arn: string | Output<string>) => ({ ArnLike: { 'aws:SourceArn': arn } })
  return policyDocument([
    allow('Alarms', 'cloudwatch.amazonaws.com', {
      ...ofThisAccount,
      ...from(interpolate`arn:aws:cloudwatch:${region}:${accountId}:alarm:${estate.prefix}-*`),
    }),
    allow(
      'Rules',
      'events.amazonaws.com',
      from(interpolate`arn:aws:events:${region}:${accountId}:rule/${estate.prefix}-*`),
    ),
    ...(level === 'warn'
      ? [
          allow('InstanceEvents', 'events.rds.amazonaws.com', ofThisAccount),
          allow('VaultEvents', 'backup.amazonaws.com', ofThisAccount),
        ]
      : []),
    {
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sns:Publish',
      Resource: topicArn,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ])
}
