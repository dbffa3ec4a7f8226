import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { assumedByTasks, policyDocument, type Statement, scopeOf } from '../iam-documents.ts'
import { type Transform, transformed } from '../transform.ts'
import { type Container, containerDefinition, SCRATCH_VOLUME, type SecretReference } from './container.ts'
import { requireFargateSize, type TaskSize } from './size.ts'

/** The resources a task definition is made with; each can be changed. */
export interface TaskTransforms {
  readonly executionRole?: Transform<aws.iam.RoleArgs>
  readonly executionPolicy?: Transform<aws.iam.RolePolicyArgs>
  readonly taskRole?: Transform<aws.iam.RoleArgs>
  readonly taskPolicy?: Transform<aws.iam.RolePolicyArgs>
  readonly taskDefinition?: Transform<aws.ecs.TaskDefinitionArgs>
}

export interface TaskArgs {
  readonly estate: Estate
  /** The setting that is named when the size is none of Fargate's. */
  readonly setting: string
  readonly family: string
  readonly size: TaskSize
  readonly architecture: 'X86_64' | 'ARM64'
  readonly container: Container
  /** Disk of the task in GiB, 21 to 200; absent: the 20 that are free of charge. */
  readonly scratchGib?: number
  readonly imageRepositoryArn: pulumi.Input<string>
  /** The key the secrets are encrypted with. */
  readonly secretsKeyArn: pulumi.Input<string>
  readonly logGroup: aws.cloudwatch.LogGroup
  /** Any ARN of the account, for those that are made of names. */
  readonly clusterArn: pulumi.Input<string>
  /** What the program in the container may ask of AWS; empty for most. */
  readonly statements: readonly Statement[]
  readonly tags: Readonly<Record<string, string>>
  readonly transform: TaskTransforms | undefined
}

export interface RegisteredTask {
  readonly family: string
  readonly container: string
  /** Its streams are `<prefix>/<container>/<task id>`. */
  readonly logPrefix: string
  readonly definition: aws.ecs.TaskDefinition
  /** What ECS starts the container with: image, secrets, logs. */
  readonly executionRole: aws.iam.Role
  /** What the program in the container is. */
  readonly taskRole: aws.iam.Role
  /** To be there before the first task is started. */
  readonly policies: readonly pulumi.Resource[]
}

/** A task definition with two roles of its own, so that no task can read another's secrets. */
export function registerTask(name: string, args: TaskArgs, parent: pulumi.Resource): RegisteredTask {
  requireFargateSize(args.setting, args.size)
  const scope = scopeOf(args.clusterArn)
  const role = (kind: 'execution' | 'task', description: string) => {
    const transform = kind === 'execution' ? args.transform?.executionRole : args.transform?.taskRole
    return new aws.iam.Role(
      `${name}-${kind}`,
      ...transformed(
        transform,
        { description, assumeRolePolicy: assumedByTasks(scope), tags: args.tags },
        { parent },
      ),
    )
  }
  const executionRole = role('execution', `Starts ${args.family}: its image, its secrets, its logs`)
  const taskRole = role('task', `What ${args.family} may ask of AWS`)

  const policies = [
    new aws.iam.RolePolicy(
      `${name}-execution`,
      ...transformed(
        args.transform?.executionPolicy,
        { role: executionRole.name, policy: policyDocument(executionStatements(args)) },
        { parent },
      ),
    ),
  ]
  if (args.statements.length > 0) {
    policies.push(
      new aws.iam.RolePolicy(
        `${name}-task`,
        ...transformed(
          args.transform?.taskPolicy,
          { role: taskRole.name, policy: policyDocument(args.statements) },
          { parent },
        ),
      ),
    )
  }

  const definition = new aws.ecs.TaskDefinition(
    name,
    ...transformed<aws.ecs.TaskDefinitionArgs>(
      args.transform?.taskDefinition,
      {
        family: args.family,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: String(args.size.cpu),
        memory: String(args.size.memoryMib),
        runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: args.architecture },
        executionRoleArn: executionRole.arn,
        taskRoleArn: taskRole.arn,
        containerDefinitions: pulumi.jsonStringify([containerDefinition(args.container)]),
        ...(args.container.scratchPath === undefined ? {} : { volumes: [{ name: SCRATCH_VOLUME }] }),
        ...(args.scratchGib === undefined ? {} : { ephemeralStorage: { sizeInGib: args.scratchGib } }),
        tags: args.tags,
      },
      { parent },
    ),
  )
  const { name: container, logs } = args.container
  return {
    family: args.family,
    container,
    logPrefix: logs.prefix,
    definition,
    executionRole,
    taskRole,
    policies,
  }
}

function executionStatements(args: TaskArgs): readonly Statement[] {
  const secrets = distinctArns(Object.values(args.container.secrets))
  return [
    // A token is the account's and not a repository's: there is no ARN to name.
    { Sid: 'SignInToRegistry', Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' },
    {
      Sid: 'PullImage',
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
      Resource: args.imageRepositoryArn,
    },
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: pulumi.interpolate`${args.logGroup.arn}:log-stream:${args.container.logs.prefix}/*`,
    },
    ...(secrets.length === 0 ? [] : readSecrets(secrets, args.secretsKeyArn, args.estate.region)),
  ]
}

const distinctArns = (secrets: readonly SecretReference[]): readonly pulumi.Input<string>[] => [
  ...new Set(secrets.map(({ arn }) => arn)),
]

/** Reads these secrets, and decrypts with their key through Secrets Manager alone. */
export function readSecrets(
  secrets: readonly pulumi.Input<string>[],
  keyArn: pulumi.Input<string>,
  region: string,
): readonly Statement[] {
  return [
    { Sid: 'ReadSecrets', Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: secrets },
    {
      Sid: 'DecryptSecrets',
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: keyArn,
      Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
    },
  ]
}
