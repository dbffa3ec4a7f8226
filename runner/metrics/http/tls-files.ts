import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { SecureVersion } from 'node:tls'
import { createSecureContext } from 'node:tls'
import { HowdahError, messageOf } from '../../core/errors.ts'

/** Where the parts are, as `tls_server_config` says it. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
  /** Clients must show a certificate of this authority; absent: they need none. */
  readonly clientCaFile: string | undefined
  readonly minVersion: SecureVersion
}

/** What `node:https` takes. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  readonly ca?: string
  readonly minVersion: SecureVersion
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
}

/**
 * The parts of a TLS server, tried together.
 * @param read gives the text of a file
 * @throws HowdahError tls-unusable: a file that is not what it should be, a key of another certificate, a date
 */
export async function readTls(
  { certFile, keyFile, clientCaFile, minVersion }: TlsFiles,
  read: (path: string) => Promise<string>,
  now: Date,
): Promise<TlsMaterial> {
  const cert = await read(certFile)
  const key = await read(keyFile)
  const ca = clientCaFile === undefined ? undefined : await read(clientCaFile)
  const certificate = tried(certFile, 'no certificate in PEM', () => new X509Certificate(cert))
  const privateKey = tried(keyFile, 'no private key in PEM without a passphrase', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey))
    throw unusable(keyFile, `it is not the key of the certificate in ${certFile}`)
  if (new Date(certificate.validTo) <= now) throw unusable(certFile, `it expired on ${certificate.validTo}`)
  if (new Date(certificate.validFrom) > now)
    throw unusable(certFile, `it is not valid before ${certificate.validFrom}`)
  if (ca !== undefined) tried(clientCaFile ?? '', 'no certificate in PEM', () => new X509Certificate(ca))
  const material = {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    minVersion,
    requestCert: ca !== undefined,
    rejectUnauthorized: ca !== undefined,
  }
  try {
    createSecureContext(material)
  } catch (error) {
    throw unusable(certFile, messageOf(error), error)
  }
  return material
}

const unusable = (file: string, reason: string, cause?: unknown) =>
  new HowdahError('tls-unusable', { file, reason }, { cause })

/** The reason is ours: a parser's own might show what it stumbled over, which can be a key. */
function tried<T>(file: string, reason: string, body: () => T): T {
  try {
    return body()
  } catch {
    throw unusable(file, `there is ${reason} in it`)
  }
}
