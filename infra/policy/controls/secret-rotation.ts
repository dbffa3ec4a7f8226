import { everywhere } from '../enforcement.ts'
import type { Control, Finding } from './control.ts'
import { eachWithin, fieldOf, isSet, must, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { type Registered, referring } from './registered.ts'
import { isReplica } from './replicas.ts'
import { DB_INSTANCE, SECRET, SECRET_ROTATION } from './resource-types.ts'

/**
 * Source: Security Hub, SecretsManager.1 (turbot/steampipe-mod-aws-compliance, foundational_security/secretsmanager.pp; user
 * guide, secretsmanager-controls), read 2026-11-20. A password that RDS manages is rotated by RDS.
 */
export const secretRotation: Control = {
  key: 'secret-rotation',
  ids: ['SecretsManager.1'],
  title: 'Secrets Manager secrets should have automatic rotation enabled',
  severity: 'medium',
  remedy: '`manageMasterUserPassword: true`; a `secretsmanager.SecretRotation` for each secret of our own',
  ...eachWithin([SECRET, DB_INSTANCE], (resource, stack) => {
    if (resource.type === DB_INSTANCE) return masterPassword(resource)
    const rotations = referring(stack, SECRET_ROTATION, 'secretId', resource)
    return rotations.some(({ inputs }) => inputs.rotationEnabled !== false)
      ? []
      : [violation(resource, 'nothing rotates it')]
  }),
  mutant: adding(SECRET, { name: 'example' }),
  enforcement: everywhere,
  exceptions: [
    {
      reason:
        'nothing rotates it by itself: its value is written past Pulumi, and `howdah pooler rotate-credentials` changes the password of a role together with its secret when somebody starts it; Security Hub finds it: rotate on a schedule of your own, or suppress it there',
      covers: ({ type, inputs }) => type === SECRET && fieldOf(inputs.tags, 'managed-by') === 'howdah',
    },
  ],
}

function masterPassword(instance: Registered): readonly Finding[] {
  if (isReplica(instance)) return []
  if (isSet(instance.inputs.password) || isSet(instance.inputs.passwordWo))
    return [violation(instance, 'its master password comes from the program')]
  return must(
    instance,
    'manageMasterUserPassword',
    value => value === true,
    'RDS does not manage its master password',
  )
}
