import { dirname, resolve } from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { HowdahError } from '../../core/errors.ts'
import type { TlsFiles } from './tls-files.ts'

/** What a web configuration file asks for. */
export interface WebConfig {
  readonly tls: TlsFiles | undefined
  /** bcrypt hashes by user. */
  readonly users: ReadonlyMap<string, string>
}

/** Of a hash of cost 14 one takes about a second to compute; 31, the highest there is, a day. */
const BCRYPT_HASH = /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/

const FILE = z.strictObject({
  tls_server_config: z
    .strictObject({
      cert_file: z.string().min(1),
      key_file: z.string().min(1),
      client_ca_file: z.string().min(1).optional(),
      client_auth_type: z.enum(['NoClientCert', 'RequireAndVerifyClientCert']).default('NoClientCert'),
      min_version: z.enum(['TLS12', 'TLS13']).default('TLS12'),
    })
    .refine(
      ({ client_ca_file, client_auth_type }) =>
        (client_ca_file !== undefined) === (client_auth_type === 'RequireAndVerifyClientCert'),
      'client_ca_file and client_auth_type: RequireAndVerifyClientCert go together',
    )
    .optional(),
  basic_auth_users: z
    .record(
      z
        .string()
        .min(1)
        .regex(/^[^:]*$/),
      z
        .string()
        .regex(
          BCRYPT_HASH,
          `must be a bcrypt hash of cost 4 to 14, as \`htpasswd -nBC 10 "" | tr -d ':\\n'\` prints it`,
        ),
    )
    .optional(),
})

const KNOWN_KEYS = [
  'tls_server_config',
  'cert_file',
  'key_file',
  'client_ca_file',
  'client_auth_type',
  'min_version',
  'basic_auth_users',
]
/** Prometheus' own exporters take these. Ignoring what somebody relies on would be worse than refusing it. */
const NOT_HONOURED = [
  'http_server_config',
  'rate_limit',
  'cert',
  'key',
  'client_ca',
  'client_allowed_sans',
  'max_version',
  'cipher_suites',
  'prefer_server_cipher_suites',
  'curve_preferences',
]

/**
 * Reads the file that Prometheus and its exporters call `web.config.file`. Paths in it are seen from its folder.
 * @throws HowdahError web-config-invalid, with every problem and nothing of what the file holds
 */
export function parseWebConfig(path: string, text: string): WebConfig {
  const result = FILE.safeParse(parseYaml(path, text))
  if (!result.success) throw invalid(path, result.error.issues.flatMap(problemsOf))
  const { tls_server_config: tls, basic_auth_users: users = {} } = result.data
  const beside = (file: string) => resolve(dirname(path), file)
  return {
    tls: tls && {
      certFile: beside(tls.cert_file),
      keyFile: beside(tls.key_file),
      clientCaFile: tls.client_ca_file === undefined ? undefined : beside(tls.client_ca_file),
      minVersion: tls.min_version === 'TLS13' ? 'TLSv1.3' : 'TLSv1.2',
    },
    users: new Map(Object.entries(users)),
  }
}

const invalid = (file: string, problems: readonly string[]) =>
  new HowdahError('web-config-invalid', { file, problems })

/** Problems by line and code: the parser's own messages quote the file, where a hash or a key may stand. */
function parseYaml(path: string, text: string): unknown {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const problems = [...document.errors, ...document.warnings].map(
    ({ code, pos }) => `line ${lineCounter.linePos(pos[0]).line} is not YAML (${code})`,
  )
  if (problems.length > 0) throw invalid(path, problems)
  try {
    return document.toJS()
  } catch {
    throw invalid(path, ['an alias in it leads nowhere'])
  }
}

function problemsOf(issue: z.core.$ZodIssue): readonly string[] {
  const at = issue.path.join('.') || 'the file'
  if (issue.code !== 'unrecognized_keys') return [`${at}: ${issue.message}`]
  return issue.keys.map(key => {
    const name = [...issue.path, key].join('.')
    if (NOT_HONOURED.includes(key)) return `${name} is not honoured by Howdah: take it out`
    const near = closest(key, KNOWN_KEYS)
    const close = distance(key, near) <= Math.max(2, key.length / 3)
    return `${name} is not known${close ? `; did you mean ${near}?` : ''}`
  })
}
