import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { ECR_REPOSITORY } from './resource-types.ts'

/** Source: Security Hub, ECR.2; AWS Config rule ecr-private-tag-immutability-enabled, read 2026-11-20. */
export const ecrImmutableTags: Control = {
  key: 'ecr-immutable-tags',
  ids: ['ECR.2'],
  title: 'ECR private repositories should have tag immutability configured',
  severity: 'medium',
  remedy: '`imageTagMutability: IMMUTABLE`',
  ...eachOf([ECR_REPOSITORY], repository =>
    must(
      repository,
      'imageTagMutability',
      value => value === 'IMMUTABLE',
      'a tag can be moved to another image',
    ),
  ),
  mutant: setting(ECR_REPOSITORY, { imageTagMutability: 'MUTABLE' }),
  enforcement: everywhere,
}
