/** Authorities that may sign the server's certificate, as PEM text: libpq has only a file for them, and a container is given none. */
export const CA_VARIABLE = 'HOWDAH_DATABASE_CA'

/**
 * A connection URL with user and password of PGUSER and PGPASSWORD, where it has none itself, as libpq has it: a container gets the two from a secret that is
 * rotated, and the rest, which is none, as text. So it does with the authorities of HOWDAH_DATABASE_CA, which are for a server that is to be verified.
 */
export function withLibpqVariables(url: string, env: Readonly<Record<string, string | undefined>>): string {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) return url
  const parsed = new URL(url)
  if (!parsed.hostname) return url
  if (!parsed.username && env.PGUSER) parsed.username = encodeURIComponent(env.PGUSER)
  if (parsed.username && !parsed.password && env.PGPASSWORD)
    parsed.password = encodeURIComponent(env.PGPASSWORD)
  const { searchParams } = parsed
  if (env[CA_VARIABLE] && VERIFIED.has(searchParams.get('sslmode') ?? '') && !searchParams.has('sslrootcert'))
    searchParams.set('sslrootcert', pemUrl(env[CA_VARIABLE]))
  return parsed.href
}

const VERIFIED: ReadonlySet<string> = new Set(['verify-ca', 'verify-full'])

/** A PEM text in a place that wants the name of a file. */
const pemUrl = (pem: string) =>
  `data:application/x-pem-file;base64,${Buffer.from(pem, 'utf8').toString('base64')}`
