/** Entries of one section of an ini, read by the rules of PgBouncer's own parser (libusual), which are not those of other ini files. */
export function readIni(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let current: Map<string, string> | undefined
  for (const line of text.split('\n')) {
    const trimmed = line.trimStart()
    if (trimmed === '' || trimmed.startsWith(';') || trimmed.startsWith('#')) continue
    const section = /^\[([^\]]*)\]$/.exec(trimmed)
    if (section) {
      current = new Map()
      sections.set(section[1] ?? '', current)
      continue
    }
    const entry = /^([A-Za-z0-9_.*-]+)[ \t]*=[ \t]*(.*?)\s*$/.exec(trimmed)
    if (!entry || !current) throw new Error(`PgBouncer would refuse the line ${line}`)
    const [, key = '', value = ''] = entry
    current.set(key, value)
  }
  return sections
}

/** A connection string as PgBouncer reads it: values end at a space, or are in single quotes. */
export function readConnectionString(text: string): Map<string, string> {
  const values = new Map<string, string>()
  const pair = /\s*([^=\s]+)=(?:'((?:[^']|'')*)'|([^\s]*))/y
  while (pair.lastIndex < text.trimEnd().length) {
    const match = pair.exec(text)
    if (!match) throw new Error(`a syntax error in ${text}`)
    const value = match[2]?.replaceAll("''", "'") ?? match[3] ?? ''
    if (value === '') throw new Error(`an empty value in ${text}`)
    values.set(match[1] ?? '', value)
  }
  return values
}
