import { EXIT } from '../exit-codes.ts'

/** Why a task ended before its container ran, as far as what AWS calls it tells. */
export type StartProblem = 'image' | 'initialization' | 'container' | 'capacity' | 'network' | 'other'

const START_ADVICE: Record<StartProblem, string> = {
  image:
    'See that the image is there (`aws ecr describe-images --repository-name <name>`), that the execution role may pull it, and that the subnets reach the registry (endpoints ecr.api, ecr.dkr and s3, or a NAT).',
  initialization:
    'See that the execution role may read the secrets of the task definition (secretsmanager:GetSecretValue, kms:Decrypt) and write its log group, and that the subnets reach both (endpoints secretsmanager and logs, or a NAT).',
  container:
    'See that the image is made for the cpuArchitecture of the task definition, and that its command, user and volumes are right: `docker run` it here.',
  capacity: 'Run the same command again in a few minutes, or give --subnets in more availability zones.',
  network:
    'See that the subnets have free addresses (`aws ec2 describe-subnets --subnet-ids <ids>`), and run the same command again.',
  other:
    '`aws ecs describe-tasks --cluster <cluster> --tasks <task>` has all that AWS keeps of it, for an hour.',
}

/** Tasks of Amazon ECS, and AWS itself. */
export const ECS_ERRORS = {
  'aws-credentials-missing': {
    exit: EXIT.usage,
    message: (p: { reason: string }) => `AWS cannot be asked: ${p.reason}`,
    hint: () =>
      'Set AWS_REGION (or --aws-region) and credentials by the default chain of the AWS SDK: a role, a profile (AWS_PROFILE), or AWS_ACCESS_KEY_ID. `aws sts get-caller-identity` tells who you are.',
  },
  'aws-refused': {
    exit: EXIT.usage,
    message: (p: { action: string; reason: string }) => `AWS refuses ${p.action}: ${p.reason}`,
    hint: (p: { action: string }) =>
      `Allow ${p.action} to who runs this, on the cluster, the task definition and its roles; with credentials that have not expired.`,
  },
  'aws-request-invalid': {
    exit: EXIT.usage,
    message: (p: { action: string; reason: string }) => `AWS does not accept ${p.action}: ${p.reason}`,
    hint: () => '`--dry-run` shows what would be asked for; correct the setting the message names.',
  },
  'aws-failed': {
    exit: EXIT.failed,
    message: (p: { action: string; reason: string }) => `AWS did not answer ${p.action}: ${p.reason}`,
    hint: () => 'It was asked several times. Run the same command again: nothing was started by this one.',
  },
  'ecs-cluster-unknown': {
    exit: EXIT.usage,
    message: (p: { cluster: string }) => `there is no cluster "${p.cluster}" in this account and region`,
    hint: () => '`aws ecs list-clusters` lists them; name one with --cluster.',
  },
  'ecs-task-definition-unusable': {
    exit: EXIT.usage,
    message: (p: { definition: string; problem: string }) => `task definition ${p.definition}: ${p.problem}`,
    hint: () =>
      '`aws ecs list-task-definitions` lists them; name one with --task-definition, and its container with --container.',
  },
  'ecs-task-not-started': {
    exit: EXIT.failed,
    message: (p: { task: string; reason: string }) => `${p.task} did not start: ${p.reason}`,
    hint: (p: { problem: StartProblem }) => START_ADVICE[p.problem],
  },
  'ecs-task-cut-off': {
    exit: EXIT.failed,
    message: (p: { task: string; reason: string }) =>
      `${p.task} was ended before its container said how it did: ${p.reason}`,
    hint: () => 'What it had recorded stands. Run the same command again: it goes on from there.',
  },
  'ecs-task-lost': {
    exit: EXIT.failed,
    message: (p: { task: string; reason: string }) => `${p.task} cannot be watched any longer: ${p.reason}`,
    hint: (p: { look: string }) => `It may still run. \`${p.look}\` tells.`,
  },
  'ecs-timeout': {
    exit: EXIT.failed,
    message: (p: { task: string; after: string; ended: string }) =>
      `${p.task} was stopped after ${p.after}, the time it was given: ${p.ended}`,
    hint: () =>
      'Give it longer with --timeout-ms, or look in its log for what it waited for. Run the same command again: it goes on.',
  },
} as const
