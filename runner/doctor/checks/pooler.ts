import { HowdahError, toHowdahError } from '../../core/errors.ts'
import { type ConnectOptions, connect } from '../../postgres/connect.ts'
import { isDirect } from '../../postgres/server-facts.ts'
import type { Check } from '../check.ts'
import { type Finding, finding, ok } from '../finding.ts'

/** Whether migrations and metrics reach the server itself, and whether the application's own address works. */
export const pooler: Check = {
  key: 'pooler',
  needs: 'connection',
  examine: async ({ connection, application }) => {
    const { host, port } = connection.target
    const findings: Finding[] = []
    if (await isDirect(connection)) {
      findings.push(ok('pooler.direct', `${host}:${port} is the server itself, no pooler in between`))
    } else {
      const { message, hint } = new HowdahError('connection-pooled', { host, port })
      findings.push(finding('pooler.direct', 'problem', message, hint))
    }
    if (application) findings.push(await examineApplication(application))
    return findings
  },
}

async function examineApplication(options: ConnectOptions): Promise<Finding> {
  const key = 'pooler.application'
  try {
    await using connection = await connect(options)
    const { host, port } = connection.target
    const pooled = !(await isDirect(connection))
    const way = pooled ? 'through a pooler' : 'directly'
    return ok(
      key,
      `${options.setting}, the application's address, reaches the database ${way} at ${host}:${port}`,
    )
  } catch (error) {
    const { message, hint } = toHowdahError(error)
    return finding(key, 'problem', `${options.setting}, the application's address: ${message}`, hint)
  }
}
