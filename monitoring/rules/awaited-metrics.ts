/**
 * Metrics that rules and dashboards are written for and no collector has yet, with their labels. A rule that uses one is tested
 * like any other and left out of the generated files until the catalogue has the metric, and so is a panel; then the line goes
 * from here (a test says so).
 */
export const AWAITED_METRICS = {} as const satisfies Readonly<Record<string, readonly string[]>>
