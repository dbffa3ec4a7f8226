import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { HowdahError, messageOf } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'

/** Where a connection URL leads. `schema` is Prisma's `?schema=`, default `public`. */
export interface DatabaseTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  readonly schema: string
  readonly tls: TlsMode
}

/** `prefer` tries TLS and falls back, as libpq and Prisma do; the others are one attempt. */
export type TlsMode =
  | { readonly mode: 'off' }
  | { readonly mode: 'prefer' }
  | { readonly mode: 'on'; readonly options: ConnectionOptions }

/**
 * Reads a Postgres URL the way Prisma and libpq do. Parameters of Prisma's own pool (`connection_limit`, `pgbouncer`…)
 * have no meaning for a single connection and are passed over.
 * @throws HowdahError database-url-invalid, naming the setting and never the password
 */
export function parseDatabaseUrl(url: Secret, setting: string): DatabaseTarget {
  const text = url.reveal()
  const refuse = (reason: string) => new HowdahError('database-url-invalid', { setting, reason })
  if (!/^postgres(ql)?:\/\//.test(text)) throw refuse('it must begin with postgresql://')
  if (!URL.canParse(text))
    throw refuse('it cannot be parsed; is a special character in the password not encoded?')
  const parsed = new URL(text)
  const parameter = (name: string) => parsed.searchParams.get(name) ?? undefined
  const database = decode(parsed.pathname.slice(1), refuse)
  if (!database) throw refuse('it names no database')
  return {
    host: parameter('host') ?? (parsed.hostname.replace(/^\[|\]$/g, '') || 'localhost'),
    port: Number(parsed.port || 5432),
    user: decode(parsed.username, refuse) || 'postgres',
    password: parsed.password ? decode(parsed.password, refuse) : undefined,
    database,
    schema: parameter('schema') ?? 'public',
    tls: tlsMode(parameter('sslmode'), parameter('sslaccept'), parameter('sslrootcert'), refuse),
  }
}

function decode(part: string, refuse: (reason: string) => HowdahError): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refuse('it has a % that encodes nothing; write %25 for a percent sign')
  }
}

function tlsMode(
  mode: string | undefined,
  accept: string | undefined,
  rootCertificate: string | undefined,
  refuse: (reason: string) => HowdahError,
): TlsMode {
  const strict = mode === 'verify-ca' || mode === 'verify-full' || accept === 'strict'
  switch (mode) {
    case undefined:
    case 'disable':
    case 'allow':
      return { mode: 'off' }
    case 'prefer':
      return { mode: 'prefer' }
    case 'require':
    case 'verify-ca':
    case 'verify-full': {
      const options: ConnectionOptions = { rejectUnauthorized: strict || rootCertificate !== undefined }
      if (rootCertificate) options.ca = readCertificate(rootCertificate, refuse)
      // verify-ca checks the chain and not the name, as libpq defines it.
      if (mode === 'verify-ca') options.checkServerIdentity = () => undefined
      return { mode: 'on', options }
    }
    default:
      throw refuse(`sslmode=${mode} is unknown`)
  }
}

/** A file, or the text itself as a `data:` URL. What is no certificate would fail with the first connection only, as an unknown authority. */
function readCertificate(place: string, refuse: (reason: string) => HowdahError): string {
  const [, encoded] = /^data:application\/x-pem-file;base64,(.*)$/.exec(place) ?? []
  let pem: string
  try {
    pem =
      encoded === undefined ? readFileSync(place, 'utf8') : Buffer.from(encoded, 'base64').toString('utf8')
  } catch (error) {
    throw refuse(`sslrootcert cannot be read: ${messageOf(error)}`)
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw refuse('its authorities (sslrootcert) are no certificates in PEM')
  return pem
}
