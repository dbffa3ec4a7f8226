import { everywhere } from '../enforcement.ts'
import { companionsOf } from './buckets.ts'
import type { Control } from './control.ts'
import { eachWithin, untold, violation } from './inspections.ts'
import { changing } from './mutations.ts'
import { type Statement, statementsAt } from './policy-documents.ts'
import { UNKNOWN } from './registered.ts'
import { BUCKET, BUCKET_POLICY } from './resource-types.ts'

/**
 * Source: Security Hub, S3.5, and the CIS benchmarks (turbot/steampipe-mod-aws-compliance, foundational_security/s3.pp,
 * cis_v300/section_2.pp, cis_v500/section_2.pp), Control Tower (controlreference/s3-rules), read 2026-11-20.
 */
export const s3TlsOnly: Control = {
  key: 's3-tls-only',
  ids: ['S3.5', 'CIS 3.0.0/2.1.1', 'CIS 5.0.0/2.1.1', 'CT.S3.PR.8'],
  title: 'S3 general purpose buckets should require requests to use SSL',
  severity: 'medium',
  remedy: 'a `s3.BucketPolicy` that denies everything where `aws:SecureTransport` is false',
  ...eachWithin([BUCKET], (bucket, stack) => {
    const policies = companionsOf(bucket, stack, BUCKET_POLICY).map(policy => statementsAt(policy, 'policy'))
    if (policies.some(policy => policy !== UNKNOWN && policy?.some(refusesPlainText))) return []
    return policies.includes(UNKNOWN)
      ? [untold(bucket, 'its policy is not known before the update')]
      : [violation(bucket, 'answers requests without TLS')]
  }),
  mutant: changing(BUCKET_POLICY, policy => ({
    ...policy,
    inputs: { ...policy.inputs, policy: JSON.stringify({ Version: '2012-10-17', Statement: [] }) },
  })),
  enforcement: everywhere,
}

function refusesPlainText({ effect, actions, principals, conditions }: Statement): boolean {
  return (
    effect === 'Deny' &&
    principals.includes('*') &&
    (actions.includes('s3:*') || actions.includes('*')) &&
    conditions['aws:SecureTransport']?.includes('false') === true
  )
}
