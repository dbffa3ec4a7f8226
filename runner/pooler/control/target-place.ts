import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import type * as SecretsManager from '@aws-sdk/client-secrets-manager'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { HowdahError, messageOf, systemCodeOf } from '../../core/errors.ts'
import type { Target } from '../ini/settings.ts'

/** Where poolers look for their target: what their entrypoints read, now and when they start. */
export interface TargetPlace {
  readonly place: string
  /** As it is there; `undefined`: nothing. */
  read(): Promise<string | undefined>
  /** `undefined` takes it away. */
  write(text: string | undefined): Promise<void>
}

/** A file that the entrypoint watches (`PGBOUNCER_TARGET_FILE`), on a volume that both see. @throws HowdahError pooler-repoint-refused */
export function targetFile(path: string): TargetPlace {
  const attempt = async <T>(body: () => Promise<T>): Promise<T> => {
    try {
      return await body()
    } catch (error) {
      throw new HowdahError(
        'pooler-repoint-refused',
        {
          reason: `${path}: ${messageOf(error)}`,
          remedy: 'Give a path that both the poolers and this process see.',
        },
        { cause: error },
      )
    }
  }
  return {
    place: path,
    read: () =>
      attempt(async () => {
        try {
          return await readFile(path, 'utf8')
        } catch (error) {
          if (systemCodeOf(error) === 'ENOENT') return undefined
          throw error
        }
      }),
    write: text =>
      attempt(async () => {
        if (text === undefined) return rm(path, { force: true })
        // No secret, and read by another account.
        await writeFile(`${path}.new`, text, { mode: 0o644 })
        await rename(`${path}.new`, path)
      }),
  }
}

/** A secret of AWS Secrets Manager that new tasks get as PGBOUNCER_TARGET (ECS puts it into the environment). @throws HowdahError credential-store-failed */
export function targetSecret(secretId: string): TargetPlace {
  const attempt = async <T>(
    body: (sdk: typeof SecretsManager, client: SecretsManagerClient) => Promise<T>,
  ) => {
    const sdk = await import('@aws-sdk/client-secrets-manager')
    const client = new sdk.SecretsManagerClient({})
    try {
      return await body(sdk, client)
    } catch (error) {
      throw new HowdahError(
        'pooler-repoint-refused',
        {
          reason: `${secretId}: ${messageOf(error)}`,
          remedy: 'Give a secret that this process may read and write.',
        },
        { cause: error },
      )
    } finally {
      client.destroy()
    }
  }
  return {
    place: secretId,
    read: () =>
      attempt(async ({ GetSecretValueCommand, ResourceNotFoundException }, client) => {
        try {
          return (await client.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString
        } catch (error) {
          // Without a value yet.
          if (error instanceof ResourceNotFoundException) return undefined
          throw error
        }
      }),
    write: async text => {
      const SecretString = text?.trim()
      if (!SecretString) return
      await attempt(({ PutSecretValueCommand }, client) =>
        client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString })),
      )
    },
  }
}

/** `host:port`; an IPv6 address is in brackets. */
export const writtenTarget = ({ host, port }: Target) => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** @throws HowdahError pooler-setting-invalid */
export function parseTarget(setting: string, text: string): Target {
  const [, ipv6, name, port] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]{1,253}))(?::(\d{1,5}))?$/.exec(text) ?? []
  const target = { host: ipv6 ?? name ?? '', port: Number(port ?? 5432) }
  if (target.host !== '' && target.port > 0 && target.port < 65_536) return target
  throw new HowdahError('pooler-setting-invalid', { setting, problem: 'must be host:port' })
}
