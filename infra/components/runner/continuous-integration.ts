import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { policyDocument, type Statement } from '../fargate/policy-document.ts'
import type { RegisteredTask } from '../fargate/task.ts'
import { type Transform, transformed } from '../transform.ts'
import { FAMILY_TAG, runFamily, tasksOf } from './run-family.ts'
import type { TaskName } from './tasks.ts'

const ISSUER = 'token.actions.githubusercontent.com'
const AUDIENCE = 'sts.amazonaws.com'

/** A migration may wait for locks for ten minutes and build indexes for longer; a session of STS by a web identity is an hour by default. */
const SESSION_SECONDS = 2 * 3600

/** Whose workflows on GitHub may start tasks, told by the token GitHub signs for each job. */
export interface CiArgs {
  /** `owner/name`. */
  readonly repository: string
  /** Environments of that repository: a job that names one can be made to wait for a person. */
  readonly environments: readonly string[]
  /** Branches and tags, `refs/heads/main`, for jobs that name no environment. */
  readonly refs: readonly string[]
  /** GitHub's provider, of which an account has one; absent: it is made. */
  readonly providerArn?: pulumi.Input<string>
  /** What they may start. */
  readonly tasks: readonly TaskName[]
}

export interface CiTransforms {
  readonly ciProvider?: Transform<aws.iam.OpenIdConnectProviderArgs>
  readonly ciRole?: Transform<aws.iam.RoleArgs>
  readonly ciPolicy?: Transform<aws.iam.RolePolicyArgs>
}

interface CiParts {
  readonly estate: Estate
  readonly tasks: readonly RegisteredTask[]
  readonly cluster: aws.ecs.Cluster
  readonly logGroup: aws.cloudwatch.LogGroup
}

/** The role that a workflow takes without any secret: it starts the tasks, watches them, stops them, reads their logs, and nothing else. */
export function registerCi(
  name: string,
  args: CiArgs,
  parts: CiParts,
  transform: CiTransforms | undefined,
  parent: pulumi.Resource,
): aws.iam.Role {
  const subjects = requireSubjects(args)
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
  const role = new aws.iam.Role(
    `${name}-ci`,
    ...transformed<aws.iam.RoleArgs>(
      transform?.ciRole,
      {
        description: `Workflows of ${args.repository} that run ${args.tasks.join(', ')}`,
        maxSessionDuration: SESSION_SECONDS,
        assumeRolePolicy: policyDocument([
          {
            Sid: 'WorkflowsOfRepository',
            Effect: 'Allow',
            Principal: { Federated: providerArn },
            Action: ['sts:AssumeRoleWithWebIdentity'],
            // Compared as they are: with a pattern, a branch named like one of ours would do.
            Condition: { StringEquals: { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: subjects } },
          },
        ]),
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
  return role
}

/** The `sub` claims of tokens that are accepted. @throws RunError that names the setting */
export function requireSubjects({ repository, environments, refs }: CiArgs): readonly string[] {
  const subjects = [
    ...environments.map(environment => `repo:${repository}:environment:${environment}`),
    ...refs.map(ref => `repo:${repository}:ref:${ref}`),
  ]
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new pulumi.RunError(`runner.ciRepository: ${repository} is no repository of GitHub, as owner/name`)
  }
  if (subjects.length === 0) {
    throw new pulumi.RunError(
      'runner.ciRefs: neither an environment nor a branch is named, so no workflow could take the role',
    )
  }
  return subjects
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
