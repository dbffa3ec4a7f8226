import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { BUCKET } from './resource-types.ts'

/** Source: Security Hub, S3.15, and Control Tower, CT.S3.PR.9 (controlreference/s3-rules), read 2026-11-20. */
export const s3ObjectLock: Control = {
  key: 's3-object-lock',
  ids: ['S3.15', 'CT.S3.PR.9'],
  title: 'S3 general purpose buckets should have Object Lock enabled',
  severity: 'medium',
  remedy: '`objectLockEnabled: true`',
  ...eachOf([BUCKET], bucket =>
    must(bucket, 'objectLockEnabled', value => value === true, 'what it keeps can be deleted'),
  ),
  mutant: setting(BUCKET, { objectLockEnabled: false }),
  enforcement: waivedOnDev('locked dumps would outlive a development stack'),
}
