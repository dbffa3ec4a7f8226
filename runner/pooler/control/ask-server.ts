import { connect } from 'node:net'
import { HowdahError } from '../../core/errors.ts'
import type { Target } from '../ini/settings.ts'

/** `SSLRequest` of the protocol: length and code. A server answers with one byte, S or N. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** Whether a Postgres is there, without logging in. @throws HowdahError pooler-repoint-refused */
export async function requirePostgres({ host, port }: Target, timeoutMs: number): Promise<void> {
  const problem = await new Promise<string | undefined>(resolve => {
    const socket = connect({ host, port, timeout: timeoutMs }, () => socket.write(SSL_REQUEST))
    const end = (reason: string | undefined) => {
      socket.destroy()
      resolve(reason)
    }
    socket.once('data', answer =>
      end(/^[SN]/.test(answer.toString('latin1')) ? undefined : 'it is no Postgres'),
    )
    socket.once('timeout', () => end(`no answer within ${timeoutMs} ms`))
    socket.once('error', error => end(error.message))
    socket.once('close', () => end('it hung up'))
  })
  if (problem === undefined) return
  throw new HowdahError('pooler-repoint-refused', {
    reason: `no Postgres answers at ${host}:${port}: ${problem}`,
    remedy: 'Check --to, and that it can be reached from here and from the poolers.',
  })
}
