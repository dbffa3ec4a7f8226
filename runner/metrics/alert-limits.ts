/**
 * Limits that the status page and the alerts share: `monitoring/rules/thresholds.ts` takes them from here, with their unit and
 * source, so that a page cannot call well what an alert is about to call ill. Seconds, bytes, ratios and counts.
 */
export const ALERT_LIMITS = {
  scrapeSlowSeconds: 2.5,
  connectionsHigh: 0.8,
  connectionsExhausted: 0.95,
  idleInTransactionSeconds: 300,
  idleInTransactionCriticalSeconds: 900,
  blockedSessions: 5,
  lockWaitSeconds: 30,
  blockingChainDepth: 3,
  blockingChainWaitSeconds: 60,
  longTransactionSeconds: 540,
  veryLongQuerySeconds: 1800,
  veryLongQueryCriticalSeconds: 3600,
  slowQueriesActive: 10,
  replicationLagSeconds: 30,
  replicationLagCriticalSeconds: 300,
  replicaByteLag: 100 * 2 ** 20,
  slotRetainedBytes: 10 * 2 ** 30,
  wraparound: 0.25,
  wraparoundCritical: 0.5,
  freezeOverdue: 1.1,
  freezeOverdueCritical: 1.25,
  xminAge: 50_000_000,
  sequenceUsed: 0.75,
  sequenceUsedCritical: 0.9,
  migrationBlockingSeconds: 5,
  poolerWaitSeconds: 1,
  poolerWaitCriticalSeconds: 15,
} as const
