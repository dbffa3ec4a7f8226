import type { Secret } from '../../core/secret.ts'
import { describeConsole, poolerVersion } from '../../pooler/pooler.ts'
import { explainError } from '../../postgres/explain.ts'
import type { Arrival, Check } from '../check.ts'
import { type Finding, finding, ok } from '../finding.ts'

/** Whether each pooler can be told that the schema changed; none where none is configured. */
export const poolerConsoles: Check = {
  key: 'pooler-admin',
  needs: 'nothing',
  examine: arrival => Promise.all(arrival.poolerAdminUrls.map(url => examineConsole(url, arrival))),
}

async function examineConsole(url: Secret, options: Arrival): Promise<Finding> {
  const key = 'pooler-admin.reach'
  const place = describeConsole(url)
  try {
    const version = await poolerVersion(url, options)
    return ok(key, `the admin console at ${place} lets us in: ${version}`)
  } catch (error) {
    const { message } = explainError(error)
    const next =
      'Deploys could not tell this PgBouncer to reconnect. Check the URL, that it runs, and that its admin_users names the role.'
    return finding(key, 'problem', `the admin console at ${place}: ${message}`, next)
  }
}
