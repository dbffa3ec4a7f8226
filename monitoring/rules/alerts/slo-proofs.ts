import type { Case, Proof } from '../rule.ts'

interface Probes {
  readonly all: string
  readonly at: Case['at']
}

/** Probes every five seconds, seen once a minute: 12 a sample. */
const failing = (failures: string, { all, at }: Probes): Case => ({
  series: {
    'pg_probe_attempts_total{path="pooler"}': all,
    'pg_probe_failures_total{path="pooler"}': failures,
  },
  interval: '1m',
  ...(at && { at }),
})

/** `quick`: how many of those answered took no longer than the objective. */
const answering = (quick: string, { all, at }: Probes): Case => ({
  series: {
    'pg_probe_duration_seconds_count{path="pooler"}': all,
    'pg_probe_duration_seconds_bucket{path="pooler",le="0.05"}': quick,
  },
  interval: '1m',
  ...(at && { at }),
})

/** The same over days, seen every five minutes: 60 probes a sample. */
const failingForDays = (failures: string, at: Case['at'], all = '0+60x320'): Case => ({
  ...failing(failures, { all, at }),
  interval: '5m',
})

const labels = { path: 'pooler' }
const hours: Probes = { all: '0+12x240', at: '184m' }
const moreHours: Probes = { all: '0+12x240', at: '235m' }
/** Ends before the others begin to fail. */
const twoHours: Probes = { all: '0+12x121', at: '120m' }
const started = (minutes: number, { at }: Probes, after: number): Probes => ({
  all: `_x${after} 0+12x${minutes}`,
  at,
})

/** Each condition alone and close to its limit; quiet hours before, so that the long windows are as they are in life. */
export const PATH_PROOFS = {
  availabilityFast: {
    // A minute of outage: 1.7 % of an hour, 0.54 % of what is known of six.
    fires: { ...failing('0x180 12x60', hours), from: '181m', labels },
    // 0.9 % for two hours: never 1.44 % of one.
    also: [failing('0+0.11x121', twoHours)],
    silent: [
      // 1.1 % of an hour, 0.54 % of what is known of six.
      failing('0x59 4x80 4.18+0.18x60', hours),
      // 1.7 % of an hour, and over.
      failing('0x173 12x60', hours),
      // 8 % of what a young exporter knows, which are four.
      failing('_x180 0 4x20', started(20, hours, 180)),
    ],
    noData: 'silent',
  },
  availabilitySlow: {
    // 0.2 % of the day.
    fires: { ...failingForDays('0x299 40x20', '1570m'), from: '1500m', labels },
    silent: [
      // 0.07 % of the day.
      failingForDays('0x299 12x20', '1570m'),
      // Ten hours ago.
      failingForDays('0x179 40x140', '1570m'),
      // 0.7 % of what a young exporter knows, which are eight.
      failingForDays('_x295 0 8x20', '1570m', '_x295 0+60x20'),
    ],
    noData: 'silent',
  },
  latencyFast: {
    // Nothing is quick any more: 14.4 % of the hour after nine minutes.
    fires: { ...answering('0+12x220 2640x20', moreHours), from: '229m', labels },
    also: [
      // One in ten for two hours: never 14.4 % of one.
      answering('0+10.8x121', twoHours),
      // All that a young exporter knows, which are 96.
      answering('_x112 0x8', started(8, twoHours, 112)),
    ],
    silent: [
      // 12.5 % of an hour.
      answering('0+12x220 2646+6x20', moreHours),
      // 11 % of what a young exporter knows, which are nine.
      answering('_x228 0 3 15+12x20', started(20, moreHours, 228)),
    ],
    noData: 'silent',
  },
} as const satisfies Readonly<Record<string, Proof>>
