import { everywhere } from '../enforcement.ts'
import { anyCompanion } from './buckets.ts'
import type { Control } from './control.ts'
import { setting } from './mutations.ts'
import { BUCKET_VERSIONING } from './resource-types.ts'

/** Source: Security Hub, S3.14, and Control Tower, CT.S3.PR.11 (controlreference/s3-rules), read 2026-11-20. */
export const s3Versioning: Control = {
  key: 's3-versioning',
  ids: ['S3.14', 'CT.S3.PR.11'],
  title: 'S3 general purpose buckets should have versioning enabled',
  severity: 'low',
  remedy: 'a `s3.BucketVersioning` with status Enabled',
  ...anyCompanion(
    BUCKET_VERSIONING,
    'versioningConfiguration.status',
    status => status === 'Enabled',
    'keeps no earlier versions',
  ),
  mutant: setting(BUCKET_VERSIONING, { versioningConfiguration: { status: 'Suspended' } }),
  enforcement: everywhere,
}
