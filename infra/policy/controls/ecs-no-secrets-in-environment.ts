import { everywhere } from '../enforcement.ts'
import { eachContainer, settingContainer } from './containers.ts'
import type { Control } from './control.ts'
import { eachOf, fieldOf, listOf } from './inspections.ts'
import { TASK_DEFINITION } from './resource-types.ts'

/** What Security Hub looks for, and what is a secret by its name. */
const SECRET_NAME =
  /^(AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|ECS_ENGINE_AUTH_DATA|PGPASSWORD|.*_(PASSWORD|PASSPHRASE|SECRET|TOKEN|API_KEY|PRIVATE_KEY|TLS_KEY))$/

/** `postgresql://app:secret@host/`: a password in a URL, under whatever name. */
const PASSWORD_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]*:[^/?#@\s]+@/i

/**
 * Source: Security Hub, ECS.8 (turbot/steampipe-mod-aws-compliance, foundational_security/ecs.pp), read 2026-11-20. Security Hub
 * knows three names; here it is every name that says secret, and every URL with a password.
 */
export const ecsNoSecretsInEnvironment: Control = {
  key: 'ecs-no-secrets-in-environment',
  ids: ['ECS.8'],
  title: 'Secrets should not be passed as container environment variables',
  severity: 'high',
  remedy: '`secrets: [{ name, valueFrom }]`',
  ...eachOf([TASK_DEFINITION], definition =>
    eachContainer(definition, ({ environment }) => {
      const names = listOf(environment).flatMap(variable => {
        const name = String(fieldOf(variable, 'name'))
        const told = PASSWORD_IN_URL.test(String(fieldOf(variable, 'value'))) || SECRET_NAME.test(name)
        return told ? [name] : []
      })
      return names.length > 0 ? `secrets in its environment: ${names.join(', ')}` : undefined
    }),
  ),
  mutant: settingContainer(({ environment }) => ({
    environment: [...listOf(environment), { name: 'EXAMPLE_PASSWORD', value: 'example' }],
  })),
  enforcement: everywhere,
}
