import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { adding } from './mutations.ts'
import { DB_PROXY } from './resource-types.ts'

/** Source: Security Hub, RDS.43; AWS Config rule rds-proxy-tls-encryption (config/latest/developerguide), read 2026-11-20. */
export const rdsProxyTls: Control = {
  key: 'rds-proxy-tls',
  ids: ['RDS.43'],
  title: 'RDS DB proxies should require TLS encryption for connections',
  severity: 'medium',
  remedy: '`requireTls: true`',
  ...eachOf([DB_PROXY], proxy =>
    must(proxy, 'requireTls', value => value === true, 'requireTls is not true'),
  ),
  mutant: adding(DB_PROXY, { engineFamily: 'POSTGRESQL', requireTls: false }),
  enforcement: everywhere,
}
