/** One series of a metrics page. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', '\\': '\\', '"': '"' }

/** Reads the text format; a line that does not follow it is an error. */
export function parseExposition(text: string): Series[] {
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
      if (!match?.[1]) throw new Error(`not a series: ${line}`)
      const labels: Record<string, string> = {}
      for (const [, name = '', value = ''] of (match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
        labels[name] = value.replace(/\\(.)/g, (_, character: string) => UNESCAPED[character] ?? '?')
      return { name: match[1], labels, value: Number(match[3]?.replace('Inf', 'Infinity')) }
    })
}

/** The value of the only series with this name and these labels; `undefined` when there is none. */
export function valueIn(
  series: readonly Series[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = series.filter(
    one => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  )
  if (found.length > 1) throw new Error(`${found.length} series of ${name} match`)
  return found[0]?.value
}
