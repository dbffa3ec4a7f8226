/** What our files are made of. */
export type YamlValue =
  | string
  | number
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined }

/**
 * Block YAML for people to read. Every text is quoted as JSON quotes it, which YAML takes as it stands; one with quotes of
 * its own, as PromQL is, stands in a literal block.
 */
export function writeYaml(value: YamlValue): string {
  return `${lines(value).join('\n')}\n`
}

function lines(value: YamlValue): string[] {
  if (typeof value === 'number') return [String(value)]
  if (typeof value === 'string') return scalar(value)
  if (isList(value)) {
    if (value.length === 0) return ['[]']
    return value.flatMap(item => {
      const [first = '', ...rest] = lines(item)
      return [`- ${first}`, ...rest.map(line => `  ${line}`)]
    })
  }
  const entries = Object.entries(value).flatMap(([key, held]) => (held === undefined ? [] : [{ key, held }]))
  if (entries.length === 0) return ['{}']
  return entries.flatMap(({ key, held }) => {
    const inner = lines(held)
    const name = /^[a-z_]+$/i.test(key) ? key : JSON.stringify(key)
    const [first = '', ...rest] = inner
    if (typeof held === 'object' && !/^[[{]/.test(first))
      return [`${name}:`, ...inner.map(line => `  ${line}`)]
    return [`${name}: ${first}`, ...rest.map(line => `  ${line}`)]
  })
}

function scalar(text: string): string[] {
  const literal = text.includes('"') && /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text)
  return literal ? ['|-', text] : [JSON.stringify(text)]
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value)
}
