import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { CHOSEN_SOURCE, NARROWING_LABELS } from './query.ts'

/** The uid of the data source that compose.yaml provisions; elsewhere Grafana takes the first Prometheus it has. */
export const DATASOURCE_UID = 'howdah-prometheus'

/** What a reader of these expressions can choose. */
export function variables(asked: readonly string[]): (DatasourceVariableBuilder | QueryVariableBuilder)[] {
  const narrowing = NARROWING_LABELS.filter(label => asked.some(text => text.includes(`"$${label}"`)))
  return [sourceVariable(), ...targetVariables(), ...narrowing.map(narrowingVariable)]
}

const sourceVariable = () =>
  new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type('prometheus')
    .current({ text: 'Prometheus', value: DATASOURCE_UID })

const ALL = { text: ['All'], value: ['$__all'] }

function variable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(CHOSEN_SOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current(ALL)
}

/** `up` is there also while a runner cannot be scraped, so that one that is down can be chosen. */
const targetVariables = () => [
  variable('job', 'Job', 'label_values(pg_up, job)'),
  variable('instance', 'Instance', 'label_values(up{job=~"$job"}, instance)'),
]

const NARROWING = {
  datname: { label: 'Database', metric: 'pg_stat_database_numbackends' },
  pooler: { label: 'Pooler', metric: 'pgbouncer_up' },
} as const satisfies Record<(typeof NARROWING_LABELS)[number], { label: string; metric: string }>

function narrowingVariable(name: (typeof NARROWING_LABELS)[number]): QueryVariableBuilder {
  const { label, metric } = NARROWING[name]
  const query = `label_values(${metric}{job=~"$job",instance=~"$instance"}, ${name})`
  // A series without the label is shown as long as nobody narrows.
  return variable(name, label, query).allValue('.*')
}
