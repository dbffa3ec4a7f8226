import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, fieldOf, isSet, listOf, untold, violation } from './inspections.ts'
import { setting } from './mutations.ts'
import { hasUnknown } from './registered.ts'
import { ECR_REPOSITORY } from './resource-types.ts'

/** Source: Security Hub, ECR.5; AWS Config rule ecr-repository-cmk-encryption-enabled, read 2026-11-20. */
export const ecrEncryptedWithKms: Control = {
  key: 'ecr-encrypted-with-kms',
  ids: ['ECR.5'],
  title: 'ECR repositories should be encrypted with customer managed AWS KMS keys',
  severity: 'medium',
  remedy: "`encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey }]`",
  ...eachOf([ECR_REPOSITORY], repository => {
    const configured = listOf(repository.inputs.encryptionConfigurations)
    const keyed = configured.some(
      one => fieldOf(one, 'encryptionType') === 'KMS' && isSet(fieldOf(one, 'kmsKey')),
    )
    if (keyed) return []
    return hasUnknown(repository.inputs.encryptionConfigurations)
      ? [untold(repository, 'encryptionConfigurations are not known before the update')]
      : [violation(repository, 'is not encrypted with a key of our own')]
  }),
  mutant: setting(ECR_REPOSITORY, { encryptionConfigurations: undefined }),
  enforcement: waivedOnDev('images hold no data, and AWS encrypts them with its own key'),
}
