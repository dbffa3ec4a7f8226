import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * How many replicas there are to be: a replica that is gone leaves no trace in the server's views, so somebody has to say
 * what is missing. A replica has no such number, because after a failover the setting is about the other server.
 */
export const replicationExpected = defineCollector({
  name: 'replication-expected',
  appliesTo: ({ inRecovery, expectations }) => !inRecovery && expectations?.replicas !== undefined,
  metrics: {
    howdah_replication_expected_replicas: gauge(
      'Physical replicas that are to stream from this server (--expected-replicas); absent without that setting.',
    ),
  },
  collect: async (_connection, { expectations }, emit) =>
    emit('howdah_replication_expected_replicas', expectations?.replicas ?? null),
})
