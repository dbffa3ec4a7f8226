/** The document's 16 tags. Names, colours and texts are fixed: they are the application's vocabulary, not made-up data. */
export const TAGS = [
  ['Finance', '#1b9e77', 'Budgets, forecasts and the general ledger'],
  ['Marketing', '#d95f02', 'Campaigns, channels and attribution'],
  ['Sales', '#7570b3', 'Pipeline, quotas and territories'],
  ['Operations', '#e7298a', 'Supply, logistics and throughput'],
  ['HR', '#66a61e', 'Hiring, retention and pay'],
  ['Analytics', '#e6ab02', 'Exploration and analysis'],
  ['Dashboard', '#a6761d', 'At a glance'],
  ['KPI', '#666666', 'Key performance indicators'],
  ['Revenue', '#1f78b4', 'Bookings, billings and recurring revenue'],
  ['Customer', '#33a02c', 'Segments, health and churn'],
  ['Product', '#e31a1c', 'Adoption and usage'],
  ['Growth', '#ff7f00', 'Acquisition and activation'],
  ['Data Visualization', '#6a3d9a', 'Charts worth a second look'],
  ['Business Intelligence', '#b15928', 'Reporting for decisions'],
  ['Reporting', '#8dd3c7', 'Regular reports'],
  ['Metrics', '#fb8072', 'Definitions and trends'],
] as const
