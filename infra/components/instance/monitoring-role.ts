import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'

/** As whom RDS writes what it measures of the operating system. AWS maintains the policy; it names log groups alone. */
export function makeMonitoringRole(
  parent: pulumi.Resource,
  name: string,
  { estate, accountId }: { readonly estate: Estate; readonly accountId: string },
  transform: Transform<aws.iam.RoleArgs> | undefined,
): pulumi.Output<string> {
  const role = new aws.iam.Role(
    `${name}-monitoring-role`,
    ...transformed(
      transform,
      {
        description: `Enhanced monitoring of ${estate.prefix}`,
        assumeRolePolicy: pulumi.jsonStringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'monitoring.rds.amazonaws.com' },
              Action: 'sts:AssumeRole',
              Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
            },
          ],
        }),
        tags: { ...estate.tags },
      },
      { parent },
    ),
  )
  const attachment = new aws.iam.RolePolicyAttachment(
    `${name}-monitoring-policy`,
    { role: role.name, policyArn: 'arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole' },
    { parent },
  )
  return pulumi.all([role.arn, attachment.id]).apply(([arn]) => arn)
}
