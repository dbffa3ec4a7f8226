import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import type { RegisteredTask } from '../fargate/task.ts'
import { policyDocument, type Statement } from '../iam-documents.ts'
import { type Transform, transformed } from '../transform.ts'
import { FAMILY_TAG, runFamily, tasksOf } from './run-family.ts'
import type { TaskName } from './tasks.ts'

const ISSUER = 'token.actions.githubusercontent.com'
const AUDIENCE = 'sts.amazonaws.com'

/** A migration may wait for locks for ten minutes and build indexes for longer; a session of STS by a web identity is an hour by default. */
const SESSION_SECONDS = 2 * 3600

/** Which jobs of a repository, told by the token that GitHub signs for each. */
export interface CiJobs {
  /** Environments of the repository: a job that names one can be made to wait for a person. */
  readonly environments: readonly string[]
  /** Branches and tags, `refs/heads/main`, for jobs that name no environment. */
  readonly refs: readonly string[]
}

/** Whose workflows on GitHub may start tasks. */
export interface CiArgs extends CiJobs {
  /** `owner/name`. */
  readonly repository: string
  /** GitHub's provider, of which an account has one; absent: it is made. */
  readonly providerArn?: pulumi.Input<string>
  /** What they may start. */
  readonly tasks: readonly TaskName[]
  /** Which jobs may bring images, as a role that can do nothing else; absent: none. */
  readonly publish?: CiJobs
}

export interface CiTransforms {
  readonly ciProvider?: Transform<aws.iam.OpenIdConnectProviderArgs>
  readonly ciRole?: Transform<aws.iam.RoleArgs>
  readonly ciPolicy?: Transform<aws.iam.RolePolicyArgs>
  readonly publishRole?: Transform<aws.iam.RoleArgs>
  readonly publishPolicy?: Transform<aws.iam.RolePolicyArgs>
}

interface CiParts {
  readonly estate: Estate
  readonly tasks: readonly RegisteredTask[]
  readonly cluster: aws.ecs.Cluster
  readonly logGroup: aws.cloudwatch.LogGroup
  readonly repositories: readonly aws.ecr.Repository[]
}

export interface RegisteredCi {
  /** Starts tasks. */
  readonly role: aws.iam.Role
  /** Brings images. */
  readonly publishRole: aws.iam.Role | undefined
}

/** Roles that a workflow takes without any secret: one starts the tasks, watches them, stops them and reads their logs; the other brings images. */
export function registerCi(
  name: string,
  args: CiArgs,
  parts: CiParts,
  transform: CiTransforms | undefined,
  parent: pulumi.Resource,
): RegisteredCi {
  const tags = { ...parts.estate.tags }
  const providerArn =
    args.providerArn ??
    new aws.iam.OpenIdConnectProvider(
      `${name}-ci`,
      ...transformed<aws.iam.OpenIdConnectProviderArgs>(
        transform?.ciProvider,
        { url: `https://${ISSUER}`, clientIdLists: [AUDIENCE], tags },
        { parent },
      ),
    ).arn
  const assumedBy = (jobs: CiJobs) =>
    policyDocument([
      {
        Sid: 'WorkflowsOfRepository',
        Effect: 'Allow',
        Principal: { Federated: providerArn },
        Action: ['sts:AssumeRoleWithWebIdentity'],
        // Compared as they are: with a pattern, a branch named like one of ours would do.
        Condition: {
          StringEquals: { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: subjectsOf(args.repository, jobs) },
        },
      },
    ])
  const role = new aws.iam.Role(
    `${name}-ci`,
    ...transformed<aws.iam.RoleArgs>(
      transform?.ciRole,
      {
        description: `Workflows of ${args.repository} that run ${args.tasks.join(', ')}`,
        maxSessionDuration: SESSION_SECONDS,
        assumeRolePolicy: assumedBy(args),
        tags,
      },
      { parent },
    ),
  )
  new aws.iam.RolePolicy(
    `${name}-ci`,
    ...transformed<aws.iam.RolePolicyArgs>(
      transform?.ciPolicy,
      { role: role.name, policy: policyDocument(ciStatements(parts)) },
      { parent },
    ),
  )
  if (args.publish === undefined) return { role, publishRole: undefined }
  const publishRole = new aws.iam.Role(
    `${name}-publish`,
    ...transformed<aws.iam.RoleArgs>(
      transform?.publishRole,
      {
        description: `Workflows of ${args.repository} that bring images`,
        assumeRolePolicy: assumedBy(args.publish),
        tags,
      },
      { parent },
    ),
  )
  new aws.iam.RolePolicy(
    `${name}-publish`,
    ...transformed<aws.iam.RolePolicyArgs>(
      transform?.publishPolicy,
      { role: publishRole.name, policy: policyDocument(publishStatements(parts)) },
      { parent },
    ),
  )
  return { role, publishRole }
}

/** The `sub` claims of tokens that are accepted. */
const subjectsOf = (repository: string, { environments, refs }: CiJobs): readonly string[] => [
  ...environments.map(environment => `repo:${repository}:environment:${environment}`),
  ...refs.map(ref => `repo:${repository}:ref:${ref}`),
]

/** @throws RunError that names the setting, where the roles would be of no use, or of use to others */
export function requireUsefulCi({ repository, publish, ...jobs }: CiArgs): void {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new pulumi.RunError(
      `howdah:runner.ciRepository: ${repository} is no repository of GitHub, as owner/name`,
    )
  }
  for (const wanted of [jobs, ...(publish === undefined ? [] : [publish])]) {
    if (subjectsOf(repository, wanted).length > 0) continue
    throw new pulumi.RunError(
      'howdah:runner.ciRefs: neither an environment nor a branch is named, so no workflow could take the role',
    )
  }
}

function ciStatements({ tasks, cluster, logGroup }: CiParts): readonly Statement[] {
  return [
    ...runFamily(tasks, cluster),
    {
      Sid: 'WatchAndStopTask',
      Effect: 'Allow',
      Action: ['ecs:DescribeTasks', 'ecs:StopTask'],
      Resource: tasksOf(cluster),
      Condition: {
        ArnEquals: { 'ecs:cluster': cluster.arn },
        StringEquals: { [`aws:ResourceTag/${FAMILY_TAG}`]: tasks.map(({ family }) => family) },
      },
    },
    // A definition is looked up by its family, and ECS has no ARN for that; there is nothing in one that is secret.
    { Sid: 'FindContainer', Effect: 'Allow', Action: ['ecs:DescribeTaskDefinition'], Resource: '*' },
    {
      Sid: 'ReadLogs',
      Effect: 'Allow',
      Action: ['logs:GetLogEvents'],
      Resource: tasks.map(({ logPrefix }) => pulumi.interpolate`${logGroup.arn}:log-stream:${logPrefix}/*`),
    },
  ]
}

function publishStatements({ repositories }: CiParts): readonly Statement[] {
  return [
    // A token is the account's and not a repository's: there is no ARN to name.
    { Sid: 'SignInToRegistry', Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' },
    {
      Sid: 'BringImages',
      Effect: 'Allow',
      Action: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:DescribeImages',
        'ecr:GetDownloadUrlForLayer',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      Resource: repositories.map(({ arn }) => arn),
    },
  ]
}
