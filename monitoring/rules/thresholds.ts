import { ALERT_LIMITS as LIMITS } from '../../runner/names.ts'

/** A limit of a rule, and where it comes from. Dashboards draw the same. */
export interface Threshold {
  readonly value: number
  readonly unit: 'ratio' | 'seconds' | 'count' | 'bytes' | 'per second' | 'transactions'
  readonly source: string
}

const OURS = 'our judgement'

/** Every limit of every rule. Those that the status page has too are the runner's. */
export const THRESHOLDS = {
  restartedSeconds: { value: 300, unit: 'seconds', source: 'Pigsty' },
  scrapeSlowSeconds: {
    value: LIMITS.scrapeSlowSeconds,
    unit: 'seconds',
    source: 'half of what --scrape-timeout-ms allows',
  },

  eventLoopLagSeconds: { value: 0.2, unit: 'seconds', source: `${OURS}; a quiet process has 0.01` },

  availabilityBudget: { value: 0.001, unit: 'ratio', source: `${OURS}: an objective of 99.9 %` },
  latencyBudget: { value: 0.01, unit: 'ratio', source: `${OURS}: 99 % within 50 ms` },
  burnFast: { value: 14.4, unit: 'ratio', source: "Google's SRE workbook: 2 % of 30 days in an hour" },
  burnMedium: { value: 6, unit: 'ratio', source: "Google's SRE workbook: 5 % of 30 days in six hours" },
  burnSlow: { value: 1, unit: 'ratio', source: "Google's SRE workbook: 10 % of 30 days in three" },
  probesLeast: { value: 10, unit: 'count', source: `${OURS}: 50 seconds, and no start of a server` },

  connectionsHigh: {
    value: LIMITS.connectionsHigh,
    unit: 'ratio',
    source: 'asked for; postgres_exporter mixin, qonto',
  },
  connectionsExhausted: {
    value: LIMITS.connectionsExhausted,
    unit: 'ratio',
    source: `${OURS}; pgMonitor 0.9`,
  },
  idleInTransactionSeconds: { value: LIMITS.idleInTransactionSeconds, unit: 'seconds', source: 'pgMonitor' },
  idleInTransactionCriticalSeconds: {
    value: LIMITS.idleInTransactionCriticalSeconds,
    unit: 'seconds',
    source: 'pgMonitor',
  },

  blockedSessions: { value: LIMITS.blockedSessions, unit: 'count', source: 'pgEdge' },
  lockWaitSeconds: { value: LIMITS.lockWaitSeconds, unit: 'seconds', source: OURS },
  blockingChainDepth: { value: LIMITS.blockingChainDepth, unit: 'count', source: OURS },
  blockingChainWaitSeconds: { value: LIMITS.blockingChainWaitSeconds, unit: 'seconds', source: OURS },
  deadlocks: {
    value: 5,
    unit: 'count',
    source: 'awesome-prometheus-alerts and the mixin, over a longer window',
  },
  longTransactionSeconds: { value: LIMITS.longTransactionSeconds, unit: 'seconds', source: 'GitLab' },

  replicationLagSeconds: {
    value: LIMITS.replicationLagSeconds,
    unit: 'seconds',
    source: 'asked for; CloudNativePG 300',
  },
  replicationLagCriticalSeconds: {
    value: LIMITS.replicationLagCriticalSeconds,
    unit: 'seconds',
    source: 'CloudNativePG, qonto',
  },
  replicaByteLag: { value: LIMITS.replicaByteLag, unit: 'bytes', source: 'pgMonitor' },
  replicaConflicts: { value: 10, unit: 'count', source: 'CloudNativePG' },
  slotRetainedBytes: { value: LIMITS.slotRetainedBytes, unit: 'bytes', source: OURS },

  wraparound: { value: LIMITS.wraparound, unit: 'ratio', source: `${OURS}: half of pgMonitor's; of 2^31` },
  wraparoundCritical: { value: LIMITS.wraparoundCritical, unit: 'ratio', source: 'pgMonitor; of 2^31' },
  freezeOverdue: {
    value: LIMITS.freezeOverdue,
    unit: 'ratio',
    source: 'pgMonitor; of autovacuum_freeze_max_age',
  },
  freezeOverdueCritical: {
    value: LIMITS.freezeOverdueCritical,
    unit: 'ratio',
    source: 'pgMonitor; of autovacuum_freeze_max_age',
  },
  xminAge: { value: LIMITS.xminAge, unit: 'transactions', source: `${OURS}; GitLab has such an alert` },
  autovacuumTablesDue: { value: 10, unit: 'count', source: OURS },
  deadTuplesRatio: { value: 0.2, unit: 'ratio', source: 'awesome-prometheus-alerts 0.1, noisy' },
  deadTuplesLeast: { value: 10_000, unit: 'count', source: 'awesome-prometheus-alerts' },
  checkpointsRequested: { value: 0.5, unit: 'ratio', source: 'postgres_exporter mixin' },

  sequenceUsed: { value: LIMITS.sequenceUsed, unit: 'ratio', source: 'pgMonitor, pgwatch' },
  sequenceUsedCritical: { value: LIMITS.sequenceUsedCritical, unit: 'ratio', source: OURS },
  unusedIndexShare: { value: 0.05, unit: 'ratio', source: `${OURS}; of the database's size` },

  slowQueries: { value: 10, unit: 'count', source: 'asked for' },
  slowQueriesActive: { value: LIMITS.slowQueriesActive, unit: 'count', source: 'asked for' },
  veryLongQuerySeconds: { value: LIMITS.veryLongQuerySeconds, unit: 'seconds', source: 'pganalyze' },
  veryLongQueryCriticalSeconds: {
    value: LIMITS.veryLongQueryCriticalSeconds,
    unit: 'seconds',
    source: 'pganalyze',
  },
  statementsEvicted: { value: 10, unit: 'count', source: OURS },
  rollbackRatio: { value: 0.1, unit: 'ratio', source: 'postgres_exporter mixin' },
  rollbackLeastRate: { value: 1, unit: 'per second', source: 'fewer transactions make no ratio' },
  cacheHitRatio: { value: 0.95, unit: 'ratio', source: `${OURS}; the mixin's 0.98 is noisy` },
  cacheLeastReads: { value: 100, unit: 'per second', source: 'fewer reads hurt nobody' },
  temporaryBytes: { value: 50 * 2 ** 20, unit: 'per second', source: OURS },

  poolerWaitSeconds: { value: LIMITS.poolerWaitSeconds, unit: 'seconds', source: 'Pigsty' },
  poolerWaitCriticalSeconds: {
    value: LIMITS.poolerWaitCriticalSeconds,
    unit: 'seconds',
    source: 'awesome-prometheus-alerts',
  },
  poolerClients: { value: 0.8, unit: 'ratio', source: `${OURS}: at 1 clients are refused already` },
  poolSaturation: { value: 0.9, unit: 'ratio', source: 'awesome-prometheus-alerts' },

  diskUsed: { value: 0.8, unit: 'ratio', source: 'asked for; qonto' },
  diskUsedCritical: { value: 0.9, unit: 'ratio', source: 'qonto' },
  diskFullWithinSeconds: { value: 4 * 3600, unit: 'seconds', source: 'qonto, Percona operator' },
  diskFullLeastUsed: { value: 0.5, unit: 'ratio', source: `${OURS}: an emptier disk has time` },
  storageAutoscaling: { value: 0.9, unit: 'ratio', source: `${OURS}; qonto has such a runbook` },
  cpuUsed: { value: 0.85, unit: 'ratio', source: 'qonto' },
  memoryFree: { value: 0.2, unit: 'ratio', source: 'qonto' },
  iopsUsed: { value: 0.8, unit: 'ratio', source: 'qonto' },
  swapGrowthBytes: { value: 20 * 2 ** 20, unit: 'bytes', source: 'qonto; in an hour' },
  certificateSeconds: { value: 15 * 86_400, unit: 'seconds', source: 'qonto' },
  restorableSeconds: { value: 900, unit: 'seconds', source: `${OURS}; RDS ships logs every 5 minutes` },
  archiveReady: { value: 100, unit: 'count', source: `${OURS}; CloudNativePG has such an alert` },
  slotSafeShare: { value: 0.2, unit: 'ratio', source: 'qonto; of max_slot_wal_keep_size' },
  locksUsed: { value: 0.2, unit: 'ratio', source: 'postgres_exporter mixin, awesome-prometheus-alerts' },
  changedRowsLeast: { value: 10_000, unit: 'count', source: `${OURS}: as for dead rows` },
  changedRowsShare: { value: 0.2, unit: 'ratio', source: `${OURS}: twice what makes autovacuum analyze` },
  analyzedSeconds: {
    value: 604_800,
    unit: 'seconds',
    source: 'Canonical; awesome-prometheus-alerts 10 days',
  },
  backupAgeSeconds: {
    value: 26 * 3600,
    unit: 'seconds',
    source: `${OURS}: a day and two hours, where \`expectedBackups\` says nothing; GitLab 30 h`,
  },
  backupShrunk: { value: 0.5, unit: 'ratio', source: `${OURS}; of the mean of seven days` },
  verificationAgeSeconds: {
    value: 8 * 86_400,
    unit: 'seconds',
    source: `${OURS}: a week and a day; GitLab tries every day`,
  },
  drillAgeSeconds: { value: 95 * 86_400, unit: 'seconds', source: 'GitLab: every quarter' },

  migrationBlockingSeconds: { value: LIMITS.migrationBlockingSeconds, unit: 'seconds', source: OURS },
  migrationLockRetries: { value: 5, unit: 'count', source: OURS },
} as const satisfies Readonly<Record<string, Threshold>>

export type ThresholdName = keyof typeof THRESHOLDS
export type Thresholds = Readonly<Record<ThresholdName, Threshold>>

/** `80 %`. */
export const percent = ({ value }: Threshold) => `${Math.round(value * 100)} %`
