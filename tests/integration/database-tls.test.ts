import { expect, onTestFinished, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { createAuthority, HAS_OPENSSL, OPENSSL } from '../harness/certificates.ts'
import { cli } from '../harness/cli.ts'
import { query } from '../harness/postgres.ts'
import { startTlsServer } from '../harness/tls-server.ts'

test.skipIf(!HAS_OPENSSL)(
  `a server is verified by the authorities of HOWDAH_DATABASE_CA, alone or among others, and a stranger's are no use ${OPENSSL}`,
  async () => {
    const releases = new ReleaseStack()
    onTestFinished(async () => expect(await releases.releaseAll()).toEqual([]))
    const [authority, other] = [await createAuthority(), await createAuthority()]
    const { url } = await startTlsServer(authority, releases)
    const verified = (host: string) => {
      const address = Object.assign(new URL(url), { hostname: host })
      address.searchParams.set('sslmode', 'verify-full')
      return address.href
    }
    const deploy = (host: string, ca: string | undefined) =>
      cli(['migrate', 'deploy', '--json'], { env: { DATABASE_URL: verified(host), HOWDAH_DATABASE_CA: ca } })

    for (const ca of [other.ca, undefined]) {
      const refused = await deploy('127.0.0.1', ca)
      expect(refused.exit).toBe(4)
      expect(refused.stderr + refused.stdout).toMatch(/certificate/)
    }
    const nonsense = await deploy('127.0.0.1', 'not a certificate')
    expect(nonsense.exit).toBe(2)
    expect(nonsense.stderr + nonsense.stdout).toContain('no certificates in PEM')
    expect(await query(url, `SELECT 1 FROM pg_tables WHERE tablename = '_prisma_migrations'`)).toEqual([])

    for (const [host, ca] of [
      ['127.0.0.1', authority.ca],
      ['localhost', `${other.ca}${authority.ca}`],
    ] as const) {
      const deployed = await deploy(host, ca)
      expect(deployed.exit, deployed.stderr).toBe(0)
    }
  },
)
