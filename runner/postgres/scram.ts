import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { Secret } from '../core/secret.ts'

/** As many as the server makes itself by default (`scram_iterations`). */
const ITERATIONS = 4096

/**
 * What Postgres keeps of a password (RFC 5802, RFC 7677). Sent in its place, the password itself reaches neither the server's
 * log nor pg_stat_statements.
 * @param salt 16 random bytes, but in tests
 */
export function scramVerifier(password: Secret, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.reveal().normalize('NFKC'), salt, ITERATIONS, 32, 'sha256')
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64')
  const server = keyed('Server Key').toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`
}
