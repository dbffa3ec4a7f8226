import { everywhere } from '../enforcement.ts'
import { anyCompanion } from './buckets.ts'
import type { Control } from './control.ts'
import { fieldOf, listOf } from './inspections.ts'
import { setting } from './mutations.ts'
import { BUCKET_LIFECYCLE } from './resource-types.ts'

/**
 * Source: Security Hub, S3.13 (turbot/steampipe-mod-aws-compliance, foundational_security/s3.pp) and Control Tower
 * (controlreference/s3-rules), read 2026-11-20.
 */
export const s3Lifecycle: Control = {
  key: 's3-lifecycle',
  ids: ['S3.13', 'CT.S3.PR.6'],
  title: 'S3 general purpose buckets should have Lifecycle configurations',
  severity: 'low',
  remedy: 'a `s3.BucketLifecycleConfiguration` with a rule that is on',
  ...anyCompanion(
    BUCKET_LIFECYCLE,
    'rules',
    rules => listOf(rules).some(rule => fieldOf(rule, 'status') === 'Enabled'),
    'has no lifecycle rule that is on',
  ),
  mutant: setting(BUCKET_LIFECYCLE, { rules: [{ id: 'example', status: 'Disabled' }] }),
  enforcement: everywhere,
}
