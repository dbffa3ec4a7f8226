import { randomInt } from 'node:crypto'
import { HowdahError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'

/** bcrypt reads no more than this of a password; what comes after would not count, silently. */
const BCRYPT_BYTES = 72

// Without characters that are taken for one another when a password is copied by hand: 0 O o, 1 l I.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const GROUPS = 4
const GROUP_LENGTH = 5

/**
 * A new password of 20 random characters in four groups (116 bits). It has lower and upper case, a digit and a special
 * character, as applications like to demand.
 */
export function generatePassword(): Secret {
  for (;;) {
    const characters = Array.from(
      { length: GROUPS * GROUP_LENGTH },
      () => ALPHABET[randomInt(ALPHABET.length)],
    ).join('')
    if (!/[a-z]/.test(characters) || !/[A-Z]/.test(characters) || !/[0-9]/.test(characters)) continue
    return new Secret((characters.match(new RegExp(`.{${GROUP_LENGTH}}`, 'g')) ?? []).join('-'))
  }
}

/**
 * @param cost the logarithm to base 2 of the number of rounds; 12 takes about a quarter of a second
 * @throws HowdahError settings-invalid when bcrypt would not read all of the password
 */
export async function hashPassword(password: Secret, cost: number): Promise<string> {
  const text = password.reveal()
  if (Buffer.byteLength(text) > BCRYPT_BYTES || text.includes('\0')) {
    const problem = `the password is longer than the ${BCRYPT_BYTES} bytes bcrypt reads, or contains a zero byte`
    throw new HowdahError('settings-invalid', { problems: [problem] })
  }
  const { hash } = await bcrypt()
  return hash(text, { cost })
}

/** Whether a hash is that of the password; a text that is no bcrypt hash is nobody's. */
export async function verifyPassword(password: Secret, encoded: string): Promise<boolean> {
  const { verify } = await bcrypt()
  return verify(password.reveal(), encoded)
}

/** Loaded with the first password: its native part is an optional package, and `--omit=optional` may not stop the other verbs. */
const bcrypt = () => import('@node-rs/bcrypt')
