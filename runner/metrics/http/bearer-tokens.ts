import { createHash, timingSafeEqual } from 'node:crypto'
import { HowdahError } from '../../core/errors.ts'

/** Guessing is not bounded in number, so a token is long enough not to be guessed: 16 random characters are 95 bits. */
const LEAST_LENGTH = 16
/** What RFC 6750, 2.1, lets a token be made of. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/** Tokens as their digests, which are of one length: comparing them takes the same time whatever is wrong. */
export type TokenDigests = readonly Buffer[]

const digestOf = (token: string) => createHash('sha256').update(token).digest()

/**
 * @param source the setting or the file, for messages
 * @throws HowdahError metrics-token-invalid, without the token
 */
export function digestTokens(source: string, tokens: readonly string[]): TokenDigests {
  const refuse = (problem: string) => new HowdahError('metrics-token-invalid', { source, problem })
  if (tokens.length === 0) throw refuse('holds no token')
  for (const [index, token] of tokens.entries()) {
    const which = tokens.length === 1 ? 'the token' : `token ${index + 1}`
    if (!TOKEN.test(token)) throw refuse(`${which} has characters that no bearer token may have`)
    if (token.length < LEAST_LENGTH) throw refuse(`${which} is shorter than ${LEAST_LENGTH} characters`)
  }
  return tokens.map(digestOf)
}

/** A token a line; empty lines and those that begin with # do not count. */
export function tokensOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
}

export function isToken(given: string, digests: TokenDigests): boolean {
  const digest = digestOf(given)
  // All of them, so that the time does not tell which one it was.
  return digests.filter(each => timingSafeEqual(each, digest)).length > 0
}
