import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { HowdahError, messageOf } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { digestTokens, type TokenDigests, tokensOf } from './bearer-tokens.ts'
import { readTls, type TlsMaterial } from './tls-files.ts'

/** Where it is written who may ask, and how. */
export interface ProtectionSources {
  /** Bearer tokens, each of which is valid. */
  readonly tokens?: readonly Secret[] | undefined
  /** A file with a token a line. */
  readonly tokenFile?: string | undefined
  /** The file Prometheus and its exporters call `web.config.file`. */
  readonly webConfigFile?: string | undefined
}

/** Who may ask, and how, as it was read at one moment. */
export interface Protection {
  readonly tokens: TokenDigests
  /** bcrypt hashes by user. */
  readonly users: ReadonlyMap<string, string>
  readonly tls: TlsMaterial | undefined
  /** Differs when any of the files does. */
  readonly fingerprint: string
}

/**
 * Reads all of it anew.
 * @throws HowdahError protection-unreadable, metrics-token-invalid, web-config-invalid, tls-unusable
 */
export async function readProtection(sources: ProtectionSources, now: Date): Promise<Protection> {
  const { tokens = [], tokenFile, webConfigFile } = sources
  const digest = createHash('sha256')
  const read = async (path: string) => {
    const text = await readFile(path, 'utf8').catch(error => {
      throw new HowdahError('protection-unreadable', { path, reason: messageOf(error) }, { cause: error })
    })
    digest.update(JSON.stringify([path, text]))
    return text
  }
  const given = tokens.map(token => token.reveal())
  const digests = [
    ...(given.length > 0 ? digestTokens('metricsToken', given) : []),
    ...(tokenFile === undefined ? [] : digestTokens(tokenFile, tokensOf(await read(tokenFile)))),
  ]
  const web = webConfigFile === undefined ? undefined : await parsed(webConfigFile, await read(webConfigFile))
  const tls = web?.tls && (await readTls(web.tls, read, now))
  return { tokens: digests, users: web?.users ?? new Map(), tls, fingerprint: digest.digest('hex') }
}

/** What a client has to show: nothing of it can be taken away without a restart, so that half a file does not open the door. */
export function demandsOf({ tokens, users, tls }: Protection) {
  return {
    credentials: tokens.length > 0 || users.size > 0,
    tls: tls !== undefined,
    clientCertificate: tls?.requestCert === true,
  }
}

/** Who has no such file does without a parser of YAML. */
async function parsed(file: string, text: string) {
  const { parseWebConfig } = await import('./web-config.ts')
  return parseWebConfig(file, text)
}
