import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Connection } from '../../postgres/connect.ts'
import type { Check } from '../check.ts'
import { type Finding, finding, ok } from '../finding.ts'

/** Whether the database answers, and whether others could read along. */
export const connectivity: Check = {
  key: 'connectivity',
  needs: 'nothing',
  examine: async arrival => {
    const { failure } = arrival
    if (failure) return [finding('connectivity.reach', 'problem', failure.message, failure.hint)]
    const { connection, connectMs } = arrival
    const { host, port, user, database } = connection.target
    const reach = `${host}:${port} lets "${user}" into "${database}"; connecting took ${Math.round(connectMs)} ms`
    return [ok('connectivity.reach', reach), encryption(connection)]
  },
}

function encryption({ client, target }: Connection): Finding {
  const key = 'connectivity.tls'
  // node-pg does not tell otherwise; `pg_stat_ssl` would speak of a pooler's connection, not of ours.
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  if (stream instanceof TLSSocket) {
    const protocol = stream.getProtocol() ?? 'TLS'
    if (stream.authorized) return ok(key, `encrypted with ${protocol}, and the server proved who it is`)
    return finding(
      key,
      'note',
      `encrypted with ${protocol}, but the server's certificate is not verified`,
      'Add sslmode=verify-full&sslrootcert=<file> to the URL, so that nobody can pose as the server.',
    )
  }
  const address = stream.remoteAddress ?? ''
  if (isLocal(address)) return ok(key, 'not encrypted, and need not be: the connection stays on this machine')
  return finding(
    key,
    'warning',
    `not encrypted: whoever is on the way to ${target.host} can read along`,
    'Add sslmode=verify-full&sslrootcert=<file> to the URL (sslmode=require at least).',
  )
}

/** A socket of the file system has no address. */
export function isLocal(address: string): boolean {
  return address === '' || address === '::1' || /^(::ffff:)?127\./.test(address)
}
