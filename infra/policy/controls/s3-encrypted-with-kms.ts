import { everywhere } from '../enforcement.ts'
import { companionsOf } from './buckets.ts'
import type { Control } from './control.ts'
import { eachWithin, fieldOf, listOf, untold, violation } from './inspections.ts'
import { setting } from './mutations.ts'
import { UNKNOWN } from './registered.ts'
import { BUCKET, BUCKET_ENCRYPTION } from './resource-types.ts'

/** Source: Security Hub, S3.17 (user guide, s3-controls), read 2026-11-20. */
export const s3EncryptedWithKms: Control = {
  key: 's3-encrypted-with-kms',
  ids: ['S3.17'],
  title: 'S3 general purpose buckets should be encrypted at rest with AWS KMS keys',
  severity: 'medium',
  remedy: 'a `s3.BucketServerSideEncryptionConfiguration` with aws:kms',
  ...eachWithin([BUCKET], (bucket, stack) => {
    const companions = companionsOf(bucket, stack, BUCKET_ENCRYPTION)
    const algorithms = companions.flatMap(({ inputs }) =>
      listOf(inputs.rules).map(rule =>
        fieldOf(fieldOf(rule, 'applyServerSideEncryptionByDefault'), 'sseAlgorithm'),
      ),
    )
    if (algorithms.some(algorithm => String(algorithm).startsWith('aws:kms'))) return []
    return companions.some(({ inputs }) => inputs.rules === UNKNOWN) || algorithms.includes(UNKNOWN)
      ? [untold(bucket, 'its encryption is not known before the update')]
      : [violation(bucket, 'is not encrypted with a key of KMS')]
  }),
  mutant: setting(BUCKET_ENCRYPTION, {
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
  }),
  enforcement: everywhere,
}
