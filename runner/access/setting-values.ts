/** Milliseconds of the units Postgres knows. */
const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A duration as Postgres takes it, in milliseconds; without a unit it is in milliseconds already. `undefined`: it is none. */
export function durationMs(value: string): number | undefined {
  const [, amount, unit = 'ms'] = /^\s*(\d+)\s*(us|ms|s|min|h|d)?\s*$/.exec(value) ?? []
  return amount === undefined ? undefined : Number(amount) * (UNITS[unit] ?? Number.NaN)
}

/** Whether two values of a setting mean the same: `30s` and `30000` of a timeout do. */
export function sameSetting(name: string, one: string, other: string): boolean {
  if (!name.endsWith('_timeout')) return one === other || unquoted(one) === unquoted(other)
  const [first, second] = [durationMs(one), durationMs(other)]
  return first !== undefined && first === second
}

/** The server keeps `role` as it was written, with or without quotation marks. */
const unquoted = (value: string) =>
  value.replace(/^"(.*)"$/s, (_, inner: string) => inner.replaceAll('""', '"'))
