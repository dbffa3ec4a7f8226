import { inspect } from 'node:util'

/**
 * A value that prints as `[set]` wherever it turns up: in logs, JSON, templates and the inspector.
 * `reveal()` is the only way to it, so every use of a secret can be found by searching for that word.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[set]'
  }

  toJSON(): string {
    return '[set]'
  }

  [inspect.custom](): string {
    return '[set]'
  }
}

/** A connection URL without its password, fit for logs and messages. */
export function withoutPassword(url: string): string {
  // `user:password@host` parses as a URL with the scheme "user".
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url) || !URL.canParse(url)) return '(not a URL)'
  const parsed = new URL(url)
  parsed.password = ''
  for (const name of [...parsed.searchParams.keys()]) {
    if (/pass|secret|token|key/i.test(name)) parsed.searchParams.delete(name)
  }
  return parsed.toString()
}
