/** A published control of the services used here that no configuration of ours can conform to or violate. */
export interface NotApplicable {
  readonly id: string
  readonly title: string
  readonly reason: string
}

const CLUSTERS = 'the platform has DB instances alone, no DB clusters and no Aurora'
const OTHER_ENGINES = 'the platform has PostgreSQL alone'
const CLASSIC = 'DB security groups belong to EC2-Classic, which is gone; a VPC has none'

/**
 * Source: Security Hub, RDS (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp), Control Tower
 * (controlreference/rds-rules), and the reference of this project, §1.3; read 2026-11-20.
 */
export const NOT_APPLICABLE: readonly NotApplicable[] = [
  { id: 'RDS.7', title: 'RDS clusters should have deletion protection enabled', reason: CLUSTERS },
  { id: 'RDS.12', title: 'IAM authentication should be configured for RDS clusters', reason: CLUSTERS },
  { id: 'RDS.14', title: 'Amazon Aurora clusters should have backtracking enabled', reason: CLUSTERS },
  {
    id: 'RDS.15',
    title: 'RDS DB clusters should be configured for multiple Availability Zones',
    reason: CLUSTERS,
  },
  { id: 'RDS.16', title: 'RDS DB clusters should be configured to copy tags to snapshots', reason: CLUSTERS },
  {
    id: 'RDS.19',
    title: 'Existing RDS event notification subscriptions should be configured for critical cluster events',
    reason: CLUSTERS,
  },
  {
    id: 'RDS.24',
    title: 'RDS database clusters should use a custom administrator username',
    reason: CLUSTERS,
  },
  { id: 'RDS.27', title: 'RDS DB clusters should be encrypted at rest', reason: CLUSTERS },
  { id: 'RDS.28', title: 'RDS DB clusters should be tagged', reason: CLUSTERS },
  { id: 'RDS.29', title: 'RDS DB cluster snapshots should be tagged', reason: CLUSTERS },
  { id: 'RDS.31', title: 'RDS DB security groups should be tagged', reason: CLASSIC },
  {
    id: 'RDS.34',
    title: 'Aurora MySQL DB clusters should publish audit logs to CloudWatch Logs',
    reason: CLUSTERS,
  },
  {
    id: 'RDS.35',
    title: 'RDS DB clusters should have automatic minor version upgrade enabled',
    reason: CLUSTERS,
  },
  {
    id: 'RDS.37',
    title: 'Aurora PostgreSQL DB clusters should publish logs to CloudWatch Logs',
    reason: CLUSTERS,
  },
  {
    id: 'RDS.39',
    title: 'RDS for MySQL DB instances should be encrypted in transit',
    reason: OTHER_ENGINES,
  },
  {
    id: 'RDS.40',
    title: 'RDS for SQL Server DB instances should publish logs to CloudWatch Logs',
    reason: OTHER_ENGINES,
  },
  {
    id: 'RDS.41',
    title: 'RDS for SQL Server DB instances should be encrypted in transit',
    reason: OTHER_ENGINES,
  },
  {
    id: 'RDS.42',
    title: 'RDS for MariaDB DB instances should publish logs to CloudWatch Logs',
    reason: OTHER_ENGINES,
  },
  {
    id: 'RDS.44',
    title: 'RDS for MariaDB DB instances should be encrypted in transit',
    reason: OTHER_ENGINES,
  },
  { id: 'RDS.45', title: 'Aurora MySQL DB clusters should have audit logging enabled', reason: CLUSTERS },
  {
    id: 'RDS.47',
    title: 'RDS for PostgreSQL DB clusters should be configured to copy tags to DB snapshots',
    reason: CLUSTERS,
  },
  {
    id: 'RDS.48',
    title: 'RDS for MySQL DB clusters should be configured to copy tags to DB snapshots',
    reason: CLUSTERS,
  },
  {
    id: 'RDS.50',
    title: 'RDS DB clusters should have a sufficient backup retention period set',
    reason: CLUSTERS,
  },
  {
    id: 'CT.RDS.PR.15',
    title: 'Require that an Amazon RDS instance does not create DB security groups',
    reason: CLASSIC,
  },
]

/** Controls that only what runs can answer: a configuration that conforms proves nothing of them. */
export const SEEN_WHILE_RUNNING: readonly NotApplicable[] = [
  {
    id: 'RDS.1',
    title: 'RDS snapshots should be private',
    reason: 'for snapshots that somebody takes by hand; those the program registers are looked at above',
  },
  {
    id: 'RDS.38',
    title: 'RDS for PostgreSQL DB instances should be encrypted in transit',
    reason:
      'also wants the parameter group to be in sync with the instance, which a reboot may be pending for',
  },
  {
    id: 'SecretsManager.2',
    title: 'Secrets Manager secrets configured with automatic rotation should rotate successfully',
    reason: 'whether a rotation succeeded is known when it ran',
  },
  {
    id: 'SecretsManager.3',
    title: 'Remove unused Secrets Manager secrets',
    reason: 'asks when a secret was last read',
  },
  {
    id: 'KMS.3',
    title: 'AWS KMS keys should not be unintentionally deleted',
    reason: 'asks whether a deletion is pending; the keys are protected in Pulumi',
  },
  {
    id: 'S3.1',
    title: 'S3 general purpose buckets should have block public access settings enabled',
    reason: 'is a setting of the account, which does not belong to a stack',
  },
  {
    id: 'CIS 5.0.0/2.1.2',
    title: 'Ensure MFA Delete is enabled on S3 buckets',
    reason:
      'only the root user of the account can switch it on, by hand; Object Lock (S3.15) keeps what matters',
  },
]
