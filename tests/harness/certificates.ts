import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Node makes keys and no certificates. */
export const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0
/** For the title of a suite that is skipped without it. */
export const OPENSSL = '(needs openssl: apt-get install openssl)'

/** An authority of a test's own, in a folder that goes with the test. */
export interface Authority {
  readonly directory: string
  readonly caFile: string
  readonly ca: string
  /** A certificate for this machine, as `<name>.pem` and `<name>.key` in the folder. */
  issue(name: string): Promise<Certificate>
}

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
  readonly cert: string
  readonly key: string
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export async function createAuthority(): Promise<Authority> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-ca-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const at = (name: string) => join(directory, name)
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
  )
  await writeFile(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  return {
    directory,
    caFile: at('ca.pem'),
    ca: await readFile(at('ca.pem'), 'utf8'),
    issue: async name => {
      const [certFile, keyFile] = [at(`${name}.pem`), at(`${name}.key`)]
      openssl(
        'req',
        '-new',
        ...NEW_KEY,
        '-keyout',
        keyFile,
        '-out',
        at(`${name}.csr`),
        '-subj',
        `/CN=${name}`,
      )
      const request = ['-in', at(`${name}.csr`), '-out', certFile, '-extfile', at('names')]
      openssl(
        'x509',
        '-req',
        ...request,
        '-CA',
        at('ca.pem'),
        '-CAkey',
        at('ca.key'),
        '-CAcreateserial',
        '-days',
        '2',
      )
      return {
        certFile,
        keyFile,
        cert: await readFile(certFile, 'utf8'),
        key: await readFile(keyFile, 'utf8'),
      }
    },
  }
}
