import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachWithin, isSet, violation } from './inspections.ts'
import { without } from './mutations.ts'
import { ofTypes, refersTo } from './registered.ts'
import { ECR_LIFECYCLE_POLICY, ECR_REPOSITORY } from './resource-types.ts'

/** Source: Security Hub, ECR.3; AWS Config rule ecr-private-lifecycle-policy-configured, read 2026-11-20. */
export const ecrLifecycle: Control = {
  key: 'ecr-lifecycle',
  ids: ['ECR.3'],
  title: 'ECR repositories should have at least one lifecycle policy configured',
  severity: 'medium',
  remedy: 'an `ecr.LifecyclePolicy` for each repository',
  ...eachWithin([ECR_REPOSITORY], (repository, stack) => {
    const policies = ofTypes(stack, [ECR_LIFECYCLE_POLICY]).filter(
      policy =>
        refersTo(policy, 'repository', repository) ||
        (isSet(policy.inputs.repository) && policy.inputs.repository === repository.inputs.name),
    )
    return policies.length > 0 ? [] : [violation(repository, 'keeps every image for ever')]
  }),
  mutant: stack =>
    without(ECR_LIFECYCLE_POLICY, policy => policy === ofTypes(stack, [ECR_LIFECYCLE_POLICY])[0])(stack),
  enforcement: everywhere,
}
