import type { RelationName } from '../../sql/classify.ts'

/** Names as people write and read them: the schema is left out where it is that of the URL. */
export interface ObjectNames {
  readonly schema: string
  /** Schema and name. */
  readonly parts: (name: RelationName) => [schema: string, name: string]
  /** `users.email`; parts that hold a dot, a quote or an equals sign stand in double quotes. */
  readonly show: (parts: readonly string[]) => string
}

export function objectNames(schema: string): ObjectNames {
  return {
    schema,
    parts: name => [name.schema ?? schema, name.name],
    show: parts => (parts[0] === schema ? parts.slice(1) : parts).map(quoteIfNeeded).join('.'),
  }
}

const quoteIfNeeded = (part: string) =>
  /[.="\s]/.test(part) || part === '' ? `"${part.replaceAll('"', '""')}"` : part

/** The parts of a name as `show` writes it; `undefined` for what is none. Letters keep their case, as in Prisma. */
export function readName(text: string): string[] | undefined {
  const parts: string[] = []
  const part = /(?:"((?:[^"]|"")+)"|([^".=\s]+))(\.|$)/y
  while (part.lastIndex < text.length) {
    const match = part.exec(text)
    if (!match) return undefined
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === '') return parts
  }
  return undefined
}

/** `a.b=a.c`: both sides of a rename. The equals sign is the first that stands in no quotes. */
export function readPair(text: string): readonly [from: string[], to: string[]] | undefined {
  const [, left, right] = /^((?:"(?:[^"]|"")*"|[^"=])*)=(.*)$/s.exec(text) ?? []
  const [from, to] = [readName(left ?? ''), readName(right ?? '')]
  return from && to ? [from, to] : undefined
}
