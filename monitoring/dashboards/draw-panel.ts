import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueTextMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type Panel as DrawnPanel,
  FieldColorBuilder,
  FieldColorModeId,
  type GridPos,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as HistoryBuilder } from '@grafana/grafana-foundation-sdk/statushistory'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { describeLimit, type FoundLimit, findLimit, type Limit, stepsOf } from './limit.ts'
import {
  type History,
  type Line,
  limitsOf,
  type Panel,
  type Stat,
  type Table,
  type TimeSeries,
  UNITS,
} from './panel.ts'
import { CHOSEN_SOURCE } from './query.ts'

/** The panel as Grafana reads it. */
export function drawPanel(panel: Panel, id: number, gridPos: GridPos): DrawnPanel {
  const builder = bodyOf(panel)
    .id(id)
    .gridPos(gridPos)
    .title(panel.title)
    .description(descriptionOf(panel))
    .datasource(CHOSEN_SOURCE)
  return builder.build()
}

function bodyOf(panel: Panel): HistoryBuilder | StatBuilder | TableBuilder | TimeSeriesBuilder {
  if (panel.kind === 'history') return historyOf(panel)
  if (panel.kind === 'time-series') return timeSeriesOf(panel)
  return panel.kind === 'stat' ? statOf(panel) : tableOf(panel)
}

const found = (limits: readonly Limit[]): FoundLimit[] => limits.flatMap(limit => findLimit(limit) ?? [])

function descriptionOf(panel: Panel): string {
  const alerts = [...new Set(found(limitsOf(panel)).map(describeLimit))]
  if (alerts.length === 0) return panel.description
  return `${panel.description}\n\nAlert${alerts.length > 1 ? 's' : ''}: ${alerts.join(', ')}.`
}

const thresholdsOf = (limits: readonly Limit[]) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...stepsOf(found(limits))])

const refIdOf = (index: number) => String.fromCharCode('A'.charCodeAt(0) + index)

function rangeQueries(lines: readonly Line[]): Builder<Dataquery>[] {
  return lines.map(({ expression, legend }, index) =>
    new DataqueryBuilder()
      .datasource(CHOSEN_SOURCE)
      .expr(expression.text)
      .legendFormat(legend)
      .range()
      .refId(refIdOf(index)),
  )
}

function timeSeriesOf({ unit, lines, limits, stacked, most }: TimeSeries): TimeSeriesBuilder {
  const drawn = found(limits).some(limit => limit.drawn)
  const style = drawn ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off
  const builder = new TimeSeriesBuilder()
    .unit(UNITS[unit])
    .min(0)
    .thresholds(thresholdsOf(limits))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(style))
    .fillOpacity(stacked ? 40 : 8)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .targets(rangeQueries(lines))
  return most === undefined ? builder : builder.max(most)
}

function statOf({ unit, lines, limits, namesOnly = false }: Stat): StatBuilder {
  return new StatBuilder()
    .unit(UNITS[unit])
    .thresholds(thresholdsOf(limits))
    .noValue('no data')
    .textMode(namesOnly ? BigValueTextMode.Name : BigValueTextMode.Auto)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .targets(rangeQueries(lines))
}

/** The time that is shown elsewhere has no say in it. */
function historyOf({ unit, lines, limits, values, days }: History): HistoryBuilder {
  const words = Object.entries(values).map(([value, text], index) => [value, { text, index }] as const)
  return new HistoryBuilder()
    .unit(UNITS[unit])
    .thresholds(thresholdsOf(limits))
    .mappings([{ type: 'value', options: Object.fromEntries(words) } as ValueMapping])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .showValue(VisibilityMode.Never)
    .timeFrom(`${days}d`)
    .interval('1d')
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .targets(rangeQueries(lines))
}

/** Each column is a query of its own, joined by their labels. */
function tableOf({ labels, columns, sortedBy }: Table): TableBuilder {
  // A single query keeps the plain name of its value.
  const nameOf = (index: number) => (columns.length === 1 ? 'Value' : `Value #${refIdOf(index)}`)
  const shown = [...labels, ...columns.map((_, index) => nameOf(index))]
  const builder = new TableBuilder()
    .unit(UNITS[columns[0].unit])
    .thresholds(thresholdsOf([]))
    .noValue('–')
    .filterable(true)
    .targets(
      columns.map(({ expression }, index) =>
        new DataqueryBuilder()
          .datasource(CHOSEN_SOURCE)
          .expr(expression.text)
          .format(PromQueryFormat.Table)
          .instant()
          .refId(refIdOf(index)),
      ),
    )
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true, ...(labels.includes('job') ? {} : { job: true }) },
        indexByName: Object.fromEntries(shown.map((name, index) => [name, index])),
        renameByName: Object.fromEntries(columns.map(({ title }, index) => [nameOf(index), title])),
      },
    })
    .sortBy([
      new TableSortByFieldStateBuilder()
        .displayName(sortedBy ?? labels[0] ?? '')
        .desc(sortedBy !== undefined),
    ])
  for (const { title, unit, limits = [] } of columns)
    builder.overrideByName(title, [
      { id: 'unit', value: UNITS[unit] },
      ...(limits.length === 0
        ? []
        : [
            { id: 'thresholds', value: thresholdsOf(limits).build() },
            { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
          ]),
    ])
  if (labels.includes('instance')) builder.overrideByName('instance', [{ id: 'links', value: [TO_INSTANCE] }])
  return builder
}

const TO_INSTANCE = {
  title: `$\{__value.text} by itself`,
  url: `/d/howdah-instance?$\{datasource:queryparam}&$\{job:queryparam}&var-instance=$\{__value.text}&$\{__url_time_range}`,
}
