import type * as pulumi from '@pulumi/pulumi'
import { readSecrets } from '../fargate/task.ts'
import type { Statement } from '../iam-documents.ts'

/** What `howdah serve` asks of AWS about these instances. */
export function measuresInstances(instanceArns: readonly pulumi.Input<string>[]): readonly Statement[] {
  return [
    {
      Sid: 'LookAtInstances',
      Effect: 'Allow',
      Action: ['rds:DescribeDBInstances'],
      Resource: instanceArns,
    },
    // Metrics have no ARN, and pending maintenance is asked for with a filter, which is a question about every instance.
    {
      Sid: 'ReadMetrics',
      Effect: 'Allow',
      Action: ['cloudwatch:GetMetricData', 'rds:DescribePendingMaintenanceActions'],
      Resource: '*',
    },
  ]
}

/** Gives these secrets new values, and reads those they have: what rotates credentials, and what makes them. */
export function writesSecrets(
  secretArns: readonly pulumi.Input<string>[],
  keyArn: pulumi.Input<string>,
  region: string,
): readonly Statement[] {
  return [
    ...readSecrets(secretArns, keyArn, region),
    { Sid: 'WriteSecrets', Effect: 'Allow', Action: ['secretsmanager:PutSecretValue'], Resource: secretArns },
    {
      Sid: 'EncryptSecrets',
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey'],
      Resource: keyArn,
      Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
    },
  ]
}
