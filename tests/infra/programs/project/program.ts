import { Config, RunError } from '@pulumi/pulumi'
import { databaseProgram } from '../database.ts'

/** What Pulumi runs: settings to resources. */
export default function program() {
  const config = new Config()
  const retention = config.requireNumber('retention')
  if (retention < 0) throw new RunError(`retention: ${retention} is no number of days`)
  const child = config.get('child')
  const username = config.get('username')
  return databaseProgram({
    instanceClass: config.require('instanceClass'),
    replicas: config.requireNumber('replicas'),
    protect: config.getBoolean('protect') ?? false,
    encrypted: config.getBoolean('encrypted') ?? true,
    retention,
    ...(child && { child }),
    ...(username && { username }),
    aliases: config.getObject<string[]>('aliases') ?? [],
  })
}
