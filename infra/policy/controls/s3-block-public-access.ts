import { everywhere } from '../enforcement.ts'
import { companionsOf } from './buckets.ts'
import type { Control } from './control.ts'
import { eachWithin, must, violation } from './inspections.ts'
import { setting } from './mutations.ts'
import { BUCKET, BUCKET_PUBLIC_ACCESS_BLOCK } from './resource-types.ts'

const SWITCHES = [
  'blockPublicAcls',
  'blockPublicPolicy',
  'ignorePublicAcls',
  'restrictPublicBuckets',
] as const

/**
 * Source: Security Hub, S3.8, and the CIS benchmarks (turbot/steampipe-mod-aws-compliance, foundational_security/s3.pp,
 * cis_v300/section_2.pp, cis_v500/section_2.pp), Control Tower (controlreference/s3-rules), read 2026-11-20.
 */
export const s3BlockPublicAccess: Control = {
  key: 's3-block-public-access',
  ids: ['S3.8', 'CIS 3.0.0/2.1.4', 'CIS 5.0.0/2.1.4', 'CT.S3.PR.1'],
  title: 'S3 general purpose buckets should block public access',
  severity: 'high',
  remedy: 'a `s3.BucketPublicAccessBlock` with all four switches on',
  ...eachWithin([BUCKET], (bucket, stack) => {
    const blocks = companionsOf(bucket, stack, BUCKET_PUBLIC_ACCESS_BLOCK)
    if (blocks.length === 0) return [violation(bucket, 'nothing blocks public access')]
    return blocks.flatMap(block =>
      SWITCHES.flatMap(name => must(block, name, value => value === true, `${name} is not true`)),
    )
  }),
  mutant: setting(BUCKET_PUBLIC_ACCESS_BLOCK, { blockPublicPolicy: false }),
  enforcement: everywhere,
}
