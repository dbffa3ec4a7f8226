import { HowdahError } from '../../../../runner/core/errors.ts'
import type { Secret } from '../../../../runner/core/secret.ts'

const KINDS = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/]

/** bcrypt reads no more of a password. */
const MOST_BYTES = 72

/** The application's own rules for a password. @throws HowdahError settings-invalid */
export function requireStrong(password: Secret): void {
  const text = password.reveal()
  const fits = text.length >= 8 && Buffer.byteLength(text) <= MOST_BYTES
  if (fits && KINDS.every(kind => kind.test(text))) return
  const problem = `HOWDAH_ADMIN_PASSWORD must have 8 to ${MOST_BYTES} characters, with upper and lower case, a digit and a special character`
  throw new HowdahError('settings-invalid', { problems: [problem] })
}
