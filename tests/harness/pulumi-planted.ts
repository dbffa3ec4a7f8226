import { randomBytes } from 'node:crypto'
import type { Registered } from './pulumi-registrations.ts'

/** A value that occurs nowhere by chance. */
export const planted = (name: string) => `planted-${name}-${randomBytes(12).toString('hex')}`

/** Whether a text holds a secret: as it is, as JSON has it, or in one of the codings that people take for hiding. */
export function betrays(text: string, secret: string): boolean {
  const codings = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex')]
  // A secret in the middle of a text is coded in one of three ways, by where it begins; its ends are shared with the neighbours.
  for (const offset of [0, 1, 2]) {
    const coded = Buffer.from(`${'-'.repeat(offset)}${secret}`).toString('base64')
    codings.push(coded.slice(4, -4))
  }
  return codings.some(coding => text.includes(coding))
}

/** Where a run has a secret that is not marked as one: `urn#input`, `urn#output`, `outputs`, `log`. */
export function secretsInClear(run: Registered, secrets: readonly string[]): string[] {
  const found: string[] = []
  const look = (where: string, value: unknown, marked: readonly string[]) => {
    for (const [path, text] of textsIn(value, ''))
      if (!isBelow(path, marked) && secrets.some(secret => betrays(text, secret)))
        found.push(`${where}#${path}`)
  }
  for (const each of run.registrations) {
    look(each.urn, each.inputs, each.secretPaths)
    look(each.urn, each.outputs, each.secretOutputPaths)
    // Not a value, and kept in the state as it is.
    const { type, name, aliases, importId, id } = each
    look(each.urn, { type, name, aliases, importId, id }, [])
  }
  look('outputs', run.outputs, run.secretOutputPaths)
  look('invokes', run.invokes, [])
  look('logs', run.logs, [])
  return found
}

const isBelow = (path: string, marked: readonly string[]) =>
  marked.some(
    mark => mark === '' || path === mark || path.startsWith(`${mark}.`) || path.startsWith(`${mark}[`),
  )

function* textsIn(value: unknown, path: string): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value]
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* textsIn(item, `${path}[${index}]`)
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      const below = path === '' ? key : `${path}.${key}`
      yield [below, key]
      yield* textsIn(item, below)
    }
}
