/**
 * A connection URL with user and password of PGUSER and PGPASSWORD, where it has none itself, as libpq has it: a container gets the two from a secret that is
 * rotated, and the rest, which is none, as text.
 */
export function withLibpqVariables(url: string, env: Readonly<Record<string, string | undefined>>): string {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) return url
  const parsed = new URL(url)
  if (!parsed.hostname) return url
  if (!parsed.username && env.PGUSER) parsed.username = encodeURIComponent(env.PGUSER)
  if (parsed.username && !parsed.password && env.PGPASSWORD)
    parsed.password = encodeURIComponent(env.PGPASSWORD)
  return parsed.href
}
