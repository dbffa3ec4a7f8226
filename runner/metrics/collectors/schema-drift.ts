import { countDrift, DRIFT_KINDS } from '../../migrate/counts.ts'
import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** The live catalogue against the one the last deploy left, as deploy itself compares them. */
export const schemaDrift = defineCollector({
  name: 'schema-drift',
  scope: 'database',
  tier: 'slow',
  timeoutMs: 2500,
  metrics: {
    howdah_schema_drift: gauge(
      'Objects that are not as the last deploy left them, by kind (missing, extra, changed); absent where nobody can tell: no manifest, a run since then, another version.',
      ['datname', 'kind'],
    ),
  },
  appliesTo: ({ folder }) => folder !== undefined,
  async collect(connection, { folder }, emit) {
    if (!folder) return
    const counts = await countDrift(connection, folder)
    if (!counts) return
    const datname = connection.target.database
    for (const kind of DRIFT_KINDS) emit('howdah_schema_drift', counts[kind], { datname, kind })
  },
})
