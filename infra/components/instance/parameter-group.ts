import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'
import { type ServerSettings, serverParameters } from './server-parameters.ts'

/**
 * A parameter group of our own. Its name is generated and its family is part of the resource's name, so that an upgrade to another major version makes the new one
 * before the old one goes.
 */
export function makeParameterGroup(
  parent: pulumi.Resource,
  name: string,
  {
    estate,
    region,
    server,
  }: { readonly estate: Estate; readonly region: string; readonly server: ServerSettings },
  transform: Transform<aws.rds.ParameterGroupArgs> | undefined,
): pulumi.Output<string> {
  const family = `postgres${server.majorVersion}`
  const group = new aws.rds.ParameterGroup(
    `${name}-${family}`,
    ...transformed<aws.rds.ParameterGroupArgs>(
      transform,
      {
        namePrefix: `${estate.prefix}-${family}-`,
        description: `${estate.prefix}, ${name}`,
        family,
        parameters: serverParameters(server),
        region,
        tags: { ...estate.tags },
      },
      { parent },
    ),
  )
  return group.name
}
