import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { HowdahError, messageOf, systemCodeOf } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'

/** What an application logs in with. */
export interface Credential {
  readonly username: string
  readonly password: Secret
}

/** Where the application finds its credential. */
export interface CredentialStore {
  /** For people: a path, an ARN. */
  readonly place: string
  /** What is there; `undefined`: nothing yet, or nobody can read it back. */
  read(): Promise<Credential | undefined>
  write(credential: Credential): Promise<void>
}

/** A JSON file that its owner alone can read, replaced as a whole. @throws HowdahError credential-store-failed */
export function fileStore(path: string): CredentialStore {
  const failed = (error: unknown) =>
    new HowdahError('credential-store-failed', { place: path, reason: messageOf(error) }, { cause: error })
  const text = async () => {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined
      throw failed(error)
    }
  }
  return {
    place: path,
    read: async () => credentialIn(await text()),
    write: async credential => {
      const merged = mergedWith(await text(), credential)
      try {
        await writeFile(`${path}.new`, merged, { mode: 0o600 })
        await chmod(`${path}.new`, 0o600)
        await rename(`${path}.new`, path)
      } catch (error) {
        throw failed(error)
      }
    },
  }
}

/** Shown once, to whoever asked; nobody can read it back. */
export function shownStore(show: (credential: Credential) => void): CredentialStore {
  return {
    place: 'standard output',
    read: async () => undefined,
    write: async credential => show(credential),
  }
}

/** A secret of AWS Secrets Manager, by its name or ARN; region and credentials are found as the SDK finds them. @throws HowdahError credential-store-failed */
export function secretsManagerStore(secretId: string): CredentialStore {
  const place = secretId
  const attempt = async <T>(body: () => Promise<T>): Promise<T> => {
    try {
      return await body()
    } catch (error) {
      throw new HowdahError('credential-store-failed', { place, reason: messageOf(error) }, { cause: error })
    }
  }
  const sdk = () => import('@aws-sdk/client-secrets-manager')
  const text = async () => {
    const { SecretsManagerClient, GetSecretValueCommand, ResourceNotFoundException } = await sdk()
    const client = new SecretsManagerClient({})
    try {
      return (await client.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString
    } catch (error) {
      // A secret without a value yet is answered like one that is not there; writing tells the two apart.
      if (error instanceof ResourceNotFoundException) return undefined
      throw error
    } finally {
      client.destroy()
    }
  }
  return {
    place,
    read: () => attempt(async () => credentialIn(await text())),
    write: credential =>
      attempt(async () => {
        const { SecretsManagerClient, PutSecretValueCommand } = await sdk()
        const client = new SecretsManagerClient({})
        try {
          const SecretString = mergedWith(await text(), credential)
          await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString }))
        } finally {
          client.destroy()
        }
      }),
  }
}

function documentIn(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

function credentialIn(text: string | undefined): Credential | undefined {
  const { username, password } = documentIn(text)
  if (typeof username !== 'string' || typeof password !== 'string') return undefined
  return { username, password: new Secret(password) }
}

/** Whatever else is in the document (host, port, dbname, as RDS has them) stays. */
function mergedWith(text: string | undefined, { username, password }: Credential): string {
  return JSON.stringify({ ...documentIn(text), username, password: password.reveal() })
}
