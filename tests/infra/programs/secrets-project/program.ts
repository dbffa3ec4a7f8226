import { Config } from '@pulumi/pulumi'
import { secretsProgram } from './secrets.ts'

/** What Pulumi runs. */
export default function program() {
  return secretsProgram(new Config().getBoolean('leak') ?? false)
}
