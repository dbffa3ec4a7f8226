import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import * as random from '@pulumi/random'

/**
 * Secrets on every way a program may take them: straight into an input, deep in one, through a text made of it, through a
 * component, and out of the stack. `leak` puts one where it is not marked, which the tests have to see.
 */
export function secretsProgram(leak = false) {
  const config = new pulumi.Config()
  const secret = (key: string) => config.requireSecret(key)
  const parameter = new aws.ssm.Parameter('straight', { type: 'SecureString', value: secret('straight') })
  new aws.ecs.TaskDefinition('deep', {
    family: 'deep',
    containerDefinitions: pulumi.jsonStringify([{ environment: [{ name: 'TOKEN', value: secret('deep') }] }]),
  })
  new aws.sns.Topic('text', { displayName: pulumi.interpolate`for ${secret('text')}` })
  class Wrapper extends pulumi.ComponentResource {
    constructor() {
      super('rig:index:Wrapper', 'component', {})
      new aws.sns.Topic('inner', { deliveryPolicy: secret('component') }, { parent: this })
      this.registerOutputs({ note: secret('component') })
    }
  }
  new Wrapper()
  new random.RandomPassword('drawn', { length: 40 })
  if (leak) new aws.sns.Topic('leak', { displayName: config.require('text') })
  return { outgoing: secret('outgoing'), straight: parameter.value }
}
