import type { IncomingMessage } from 'node:http'
import type { FullAnswer } from './answer.ts'
import { plain } from './answer.ts'
import { isToken } from './bearer-tokens.ts'
import type { Guard } from './http-server.ts'
import { PasswordCheck } from './password-check.ts'
import type { Protection } from './read-protection.ts'

/** Asked by orchestrators, which have no credentials, and silent about everything but the state. */
export const OPEN_PATHS: readonly string[] = ['/livez', '/readyz']

/** Lets those pass who have a token or a password, and everybody to the open paths. */
export class CredentialsGuard implements Guard {
  readonly #passwords = new PasswordCheck()
  #protection: Protection

  constructor(protection: Protection) {
    this.#protection = protection
  }

  /** From now on these are valid, and no others. */
  replace(protection: Protection): void {
    this.#protection = protection
  }

  /** Whether anybody is asked for credentials at all. */
  get asks(): boolean {
    return this.#protection.tokens.length > 0 || this.#protection.users.size > 0
  }

  async refusal(request: IncomingMessage, path: string): Promise<FullAnswer | undefined> {
    if (!this.asks || OPEN_PATHS.includes(path)) return undefined
    const verdict = await this.#verdict(request)
    if (verdict === 'right') return undefined
    if (verdict === 'busy')
      return plain(429, 'too many passwords are being compared; come again', { 'retry-after': '1' })
    return plain(401, 'credentials are missing or wrong', { 'www-authenticate': this.#challenges() })
  }

  async #verdict(request: IncomingMessage): Promise<'right' | 'wrong' | 'busy'> {
    const { tokens, users } = this.#protection
    const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(request.headers.authorization ?? '') ?? []
    if (/^bearer$/i.test(scheme)) return isToken(value, tokens) ? 'right' : 'wrong'
    if (!/^basic$/i.test(scheme)) return 'wrong'
    const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, 'base64').toString()) ?? []
    if (user === undefined || password === undefined) return 'wrong'
    return this.#passwords.check(users, user, password, request.socket.remoteAddress ?? '')
  }

  #challenges(): readonly string[] {
    const { tokens, users } = this.#protection
    return [
      ...(tokens.length > 0 ? ['Bearer realm="howdah"'] : []),
      ...(users.size > 0 ? ['Basic realm="howdah", charset="UTF-8"'] : []),
    ]
  }
}
