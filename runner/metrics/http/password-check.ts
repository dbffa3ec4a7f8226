import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** bcrypt reads no more than this of a password; two that begin alike would count as one. */
const BCRYPT_BYTES = 72
/** Passwords that wait to be compared, of everybody and of one address. Beyond, the answer is to come again. */
const MAX_PENDING = 16
const MAX_PENDING_OF_ADDRESS = 2

/**
 * Compares passwords with bcrypt hashes. One at a time: each takes 45 ms at cost 10, on one of the four threads that files,
 * names and compression need as well. A right answer is remembered, as a keyed digest, so that scrapes cost nothing and
 * whoever was let in once does not wait behind those who guess.
 */
export class PasswordCheck {
  readonly #key = randomBytes(32)
  /** By user. */
  readonly #right = new Map<string, Buffer>()
  readonly #pending = new Map<string, Promise<boolean>>()
  readonly #ofAddress = new Map<string, number>()
  #last: Promise<unknown> = Promise.resolve()

  /** @param users bcrypt hashes by user */
  async check(
    users: ReadonlyMap<string, string>,
    user: string,
    password: string,
    address: string,
  ): Promise<'right' | 'wrong' | 'busy'> {
    const known = users.get(user)
    // Who is not known takes as long as who is: otherwise the time would tell which users there are.
    const hash = known ?? [...users.values()][0]
    if (hash === undefined || Buffer.byteLength(password) > BCRYPT_BYTES || password.includes('\0'))
      return 'wrong'
    const digest = createHmac('sha256', this.#key)
      .update(JSON.stringify([user, hash, password]))
      .digest()
    const remembered = this.#right.get(user)
    if (known !== undefined && remembered && timingSafeEqual(remembered, digest)) return 'right'
    const answer = this.#ask(digest.toString('base64'), password, hash, address)
    if (!answer) return 'busy'
    const right = (await answer) && known !== undefined
    if (right) this.#right.set(user, digest)
    return right ? 'right' : 'wrong'
  }

  /** The same question asked twice is one; `undefined` when too many wait. */
  #ask(key: string, password: string, hash: string, address: string): Promise<boolean> | undefined {
    const asked = this.#pending.get(key)
    if (asked) return asked
    const count = this.#ofAddress.get(address) ?? 0
    if (this.#pending.size >= MAX_PENDING || count >= MAX_PENDING_OF_ADDRESS) return undefined
    this.#ofAddress.set(address, count + 1)
    const answer = this.#last.then(() => compare(password, hash))
    this.#pending.set(key, answer)
    const settle = () => {
      this.#pending.delete(key)
      const left = (this.#ofAddress.get(address) ?? 1) - 1
      if (left > 0) this.#ofAddress.set(address, left)
      else this.#ofAddress.delete(address)
    }
    this.#last = answer.then(settle, settle)
    return answer
  }
}

/** Loaded with the first password: who has no users needs no native module. */
async function compare(password: string, hash: string): Promise<boolean> {
  const { verify } = await import('@node-rs/bcrypt')
  return verify(password, hash)
}
