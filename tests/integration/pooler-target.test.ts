import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { expect, onTestFinished, test, vi } from 'vitest'
import { HowdahError } from '../../runner/core/errors.ts'
import { parseTarget, targetSecret } from '../../runner/pooler/pooler.ts'
import { CANARY, moto, REGION, startEmulator } from '../harness/aws.ts'

test.skipIf(!moto)(
  'the secret that new tasks take their target from is written, read back, and refused where there is none (needs moto_server: pip install moto[server])',
  async () => {
    await using emulator = await startEmulator()
    vi.stubEnv('AWS_ENDPOINT_URL', emulator.url)
    vi.stubEnv('AWS_REGION', REGION)
    vi.stubEnv('AWS_ACCESS_KEY_ID', CANARY.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', CANARY.secretAccessKey)
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const client = new SecretsManagerClient({})
    onTestFinished(() => client.destroy())
    // As Pulumi makes it: without a version.
    await client.send(new CreateSecretCommand({ Name: 'shop/target' }))
    const place = targetSecret('shop/target')
    expect(await place.read()).toBeUndefined()
    await place.write('new.example.com:5432\n')
    const kept = await client.send(new GetSecretValueCommand({ SecretId: 'shop/target' }))
    // What ECS puts into PGBOUNCER_TARGET, without the line's end that a file has.
    expect(kept.SecretString).toBe('new.example.com:5432')
    expect(await place.read()).toBe('new.example.com:5432')
    await expect(targetSecret('no-such').write('a:1')).rejects.toMatchObject({
      code: 'pooler-repoint-refused',
    })
  },
)

test.each([
  ['db.example.com:6000', { host: 'db.example.com', port: 6000 }],
  ['db', { host: 'db', port: 5432 }],
  ['[fd00::1]:6000', { host: 'fd00::1', port: 6000 }],
])('%s is a target', (text, target) => {
  expect(parseTarget('--to', text)).toEqual(target)
})

test.each(['', 'db:0', 'db:70000', "db';:1", 'a b:1', '../x:1', 'fd00::1'])('%j is none', text => {
  expect(() => parseTarget('--to', text)).toThrow(HowdahError)
})
