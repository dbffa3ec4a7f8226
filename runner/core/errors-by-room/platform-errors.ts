import { EXIT } from '../exit-codes.ts'

/** Values a message or hint is made of are named; a message names the object and says what is wrong with it. */
interface Host {
  readonly host: string
  readonly port: number
}

/** What runs on this machine: `up` and the metrics server. */
export const PLATFORM_ERRORS = {
  'port-taken': {
    exit: EXIT.usage,
    message: (p: { what: string; host: string; port: number; holder: string }) =>
      `port ${p.port} on ${p.host}, asked for by ${p.what}, is held by ${p.holder}`,
    hint: (p: { setting: string }) =>
      `Stop that process, choose another port, or set ${p.setting} to 0 to have a free one chosen.`,
  },
  'address-unusable': {
    exit: EXIT.usage,
    message: (p: Host & { reason: string }) => `cannot listen on ${p.host}:${p.port}: ${p.reason}`,
    hint: () =>
      'Give an address of this machine with --metrics-host, and a port above 1023 without privileges.',
  },
  'protection-unreadable': {
    exit: EXIT.usage,
    message: (p: { path: string; reason: string }) => `cannot read ${p.path}: ${p.reason}`,
    hint: () =>
      'It is named by HOWDAH_METRICS_TOKEN_FILE, HOWDAH_METRICS_WEB_CONFIG or that file; give the account that runs `howdah serve` the right to read it.',
  },
  'metrics-token-invalid': {
    exit: EXIT.usage,
    message: (p: { source: string; problem: string }) => `${p.source}: ${p.problem}`,
    hint: () => '`openssl rand -hex 32` makes a token; several are separated by commas, in a file by lines.',
  },
  'web-config-invalid': {
    exit: EXIT.usage,
    message: (p: { file: string; problems: readonly string[] }) => `${p.file}: ${p.problems.join('; ')}`,
    hint: () =>
      "It is what Prometheus' exporters call web.config.file: tls_server_config with cert_file, key_file, client_ca_file, client_auth_type and min_version; basic_auth_users.",
  },
  'tls-unusable': {
    exit: EXIT.usage,
    message: (p: { file: string; reason: string }) => `cannot serve TLS with ${p.file}: ${p.reason}`,
    hint: () =>
      'Correct cert_file, key_file or client_ca_file below tls_server_config; `openssl x509 -in <file> -noout -text` shows a certificate.',
  },
  'protection-other': {
    exit: EXIT.usage,
    message: (p: { name: string; wanted: boolean }) =>
      `${p.name} cannot be ${p.wanted ? 'demanded' : 'given up'} while the server runs`,
    hint: () =>
      'Restart `howdah serve`; only tokens, passwords, certificates and keys are replaced while it runs.',
  },
  'metric-unknown': {
    exit: EXIT.usage,
    message: (p: { name: string; suggestion: string }) =>
      `there is no metric "${p.name}"; the closest name is ${p.suggestion}`,
    hint: () => '`howdah metrics list` prints them all.',
  },
  'runbook-unknown': {
    exit: EXIT.usage,
    message: (p: { name: string; suggestion: string }) =>
      `there is no runbook for an alert "${p.name}"; the closest name is ${p.suggestion}`,
    hint: () => '`howdah runbook` lists them all.',
  },
  'home-unwritable': {
    exit: EXIT.usage,
    message: (p: { path: string; reason: string }) => `cannot write to ${p.path}: ${p.reason}`,
    hint: () => 'Point HOWDAH_HOME at a directory this user may write to.',
  },
  'home-busy': {
    exit: EXIT.busy,
    message: (p: { home: string; pid: number }) =>
      `another \`howdah up\` (process ${p.pid}) is running on ${p.home}`,
    hint: () =>
      'Connect to that one (its URLs are in local.json), stop it, or set HOWDAH_HOME to run a second.',
  },
  'server-package-missing': {
    exit: EXIT.usage,
    message: (p: { major: number; platform: string; installed: readonly number[] }) =>
      `no PostgreSQL ${p.major} server package for ${p.platform} is installed${p.installed.length > 0 ? ` (installed: ${p.installed.join(', ')})` : ''}`,
    hint: () =>
      '`npm ci` installs 15 to 18 on Linux and macOS, x64 and arm64; --omit=optional leaves them out.',
  },
  'server-start-failed': {
    exit: EXIT.failed,
    message: (p: { what: string; reason: string }) => `${p.what} did not start: ${p.reason}`,
    hint: (p: { log: string }) => `Its log is ${p.log}. \`howdah up --fresh\` starts over with empty data.`,
  },
  'server-ended': {
    exit: EXIT.failed,
    message: (p: { what: string; reason: string }) => `${p.what} is gone: ${p.reason}`,
    hint: () => 'Look into its log below the home; the next `howdah up` recovers and goes on.',
  },
  'data-password-lost': {
    exit: EXIT.refused,
    message: (p: { directory: string }) =>
      `${p.directory} holds a database whose password (state.json) is gone`,
    hint: () => 'Restore state.json, or start over with empty data: `howdah up --fresh`.',
  },
  'data-version-mismatch': {
    exit: EXIT.refused,
    message: (p: { directory: string; found: string; wanted: number }) =>
      `${p.directory} holds data of PostgreSQL ${p.found}, not ${p.wanted}`,
    hint: (p: { found: string }) => `Use --postgres ${p.found}, or --fresh to start over with empty data.`,
  },
  'pooler-missing': {
    exit: EXIT.usage,
    message: () => 'pgbouncer is not on the path',
    hint: () =>
      'Install it (Debian: `apt-get install pgbouncer`, macOS: `brew install pgbouncer`) or leave --pooler out.',
  },
  'prometheus-missing': {
    exit: EXIT.usage,
    message: () => 'prometheus is not on the path',
    hint: () =>
      'Install it (Debian: `apt-get install prometheus prometheus-alertmanager`, macOS: `brew install prometheus alertmanager`) or leave --observability out.',
  },
  'platform-unproven': {
    exit: EXIT.unhealthy,
    message: (p: { failed: readonly string[] }) => `the platform is up but not right: ${p.failed.join('; ')}`,
    hint: () => 'Each line names what was checked; `howdah doctor` and `howdah migrate status` show more.',
  },
} as const
