/** A limit of a rule, and where it comes from. Dashboards draw the same. */
export interface Threshold {
  readonly value: number
  readonly unit: 'ratio' | 'seconds' | 'count' | 'bytes' | 'per second' | 'transactions'
  readonly source: string
}

const OURS = 'our judgement'

/** Every limit of every rule. */
export const THRESHOLDS = {
  restartedSeconds: { value: 300, unit: 'seconds', source: 'Pigsty' },
  scrapeSlowSeconds: { value: 2.5, unit: 'seconds', source: 'half of what --scrape-timeout-ms allows' },

  eventLoopLagSeconds: { value: 0.2, unit: 'seconds', source: `${OURS}; a quiet process has 0.01` },

  availabilityBudget: { value: 0.001, unit: 'ratio', source: `${OURS}: an objective of 99.9 %` },
  latencyBudget: { value: 0.01, unit: 'ratio', source: `${OURS}: 99 % within 50 ms` },
  burnFast: { value: 14.4, unit: 'ratio', source: "Google's SRE workbook: 2 % of 30 days in an hour" },
  burnMedium: { value: 6, unit: 'ratio', source: "Google's SRE workbook: 5 % of 30 days in six hours" },
  burnSlow: { value: 1, unit: 'ratio', source: "Google's SRE workbook: 10 % of 30 days in three" },
  probesLeast: { value: 10, unit: 'count', source: `${OURS}: 50 seconds, and no start of a server` },

  connectionsHigh: { value: 0.8, unit: 'ratio', source: 'asked for; postgres_exporter mixin, qonto' },
  connectionsExhausted: { value: 0.95, unit: 'ratio', source: `${OURS}; pgMonitor 0.9` },
  idleInTransactionSeconds: { value: 300, unit: 'seconds', source: 'pgMonitor' },
  idleInTransactionCriticalSeconds: { value: 900, unit: 'seconds', source: 'pgMonitor' },

  blockedSessions: { value: 5, unit: 'count', source: 'pgEdge' },
  lockWaitSeconds: { value: 30, unit: 'seconds', source: OURS },
  blockingChainDepth: { value: 3, unit: 'count', source: OURS },
  blockingChainWaitSeconds: { value: 60, unit: 'seconds', source: OURS },
  deadlocks: {
    value: 5,
    unit: 'count',
    source: 'awesome-prometheus-alerts and the mixin, over a longer window',
  },
  longTransactionSeconds: { value: 540, unit: 'seconds', source: 'GitLab' },

  replicationLagSeconds: { value: 30, unit: 'seconds', source: 'asked for; CloudNativePG 300' },
  replicationLagCriticalSeconds: { value: 300, unit: 'seconds', source: 'CloudNativePG, qonto' },
  replicaByteLag: { value: 100 * 2 ** 20, unit: 'bytes', source: 'pgMonitor' },
  replicaConflicts: { value: 10, unit: 'count', source: 'CloudNativePG' },
  slotRetainedBytes: { value: 10 * 2 ** 30, unit: 'bytes', source: OURS },

  wraparound: { value: 0.25, unit: 'ratio', source: `${OURS}: half of pgMonitor's; of 2^31` },
  wraparoundCritical: { value: 0.5, unit: 'ratio', source: 'pgMonitor; of 2^31' },
  freezeOverdue: { value: 1.1, unit: 'ratio', source: 'pgMonitor; of autovacuum_freeze_max_age' },
  freezeOverdueCritical: { value: 1.25, unit: 'ratio', source: 'pgMonitor; of autovacuum_freeze_max_age' },
  xminAge: { value: 50_000_000, unit: 'transactions', source: `${OURS}; GitLab has such an alert` },
  autovacuumTablesDue: { value: 10, unit: 'count', source: OURS },
  deadTuplesRatio: { value: 0.2, unit: 'ratio', source: 'awesome-prometheus-alerts 0.1, noisy' },
  deadTuplesLeast: { value: 10_000, unit: 'count', source: 'awesome-prometheus-alerts' },
  checkpointsRequested: { value: 0.5, unit: 'ratio', source: 'postgres_exporter mixin' },

  sequenceUsed: { value: 0.75, unit: 'ratio', source: 'pgMonitor, pgwatch' },
  sequenceUsedCritical: { value: 0.9, unit: 'ratio', source: OURS },
  unusedIndexShare: { value: 0.05, unit: 'ratio', source: `${OURS}; of the database's size` },

  slowQueries: { value: 10, unit: 'count', source: 'asked for' },
  slowQueriesActive: { value: 10, unit: 'count', source: 'asked for' },
  veryLongQuerySeconds: { value: 1800, unit: 'seconds', source: 'pganalyze' },
  veryLongQueryCriticalSeconds: { value: 3600, unit: 'seconds', source: 'pganalyze' },
  statementsEvicted: { value: 10, unit: 'count', source: OURS },
  rollbackRatio: { value: 0.1, unit: 'ratio', source: 'postgres_exporter mixin' },
  rollbackLeastRate: { value: 1, unit: 'per second', source: 'fewer transactions make no ratio' },
  cacheHitRatio: { value: 0.95, unit: 'ratio', source: `${OURS}; the mixin's 0.98 is noisy` },
  cacheLeastReads: { value: 100, unit: 'per second', source: 'fewer reads hurt nobody' },
  temporaryBytes: { value: 50 * 2 ** 20, unit: 'per second', source: OURS },

  poolerWaitSeconds: { value: 1, unit: 'seconds', source: 'Pigsty' },
  poolerWaitCriticalSeconds: { value: 15, unit: 'seconds', source: 'awesome-prometheus-alerts' },
  poolerClients: { value: 0.8, unit: 'ratio', source: `${OURS}: at 1 clients are refused already` },
  poolSaturation: { value: 0.9, unit: 'ratio', source: 'awesome-prometheus-alerts' },

  migrationBlockingSeconds: { value: 5, unit: 'seconds', source: OURS },
  migrationLockRetries: { value: 5, unit: 'count', source: OURS },
} as const satisfies Readonly<Record<string, Threshold>>

export type ThresholdName = keyof typeof THRESHOLDS
export type Thresholds = Readonly<Record<ThresholdName, Threshold>>

/** `80 %`. */
export const percent = ({ value }: Threshold) => `${Math.round(value * 100)} %`
