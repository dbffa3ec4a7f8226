import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from './settings.ts'
import { SettingsError } from './settings-error.ts'

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..')

/** The authorities of RDS in the region, as PEM: public, and small enough for a task definition, which those of all regions are not. */
export function certificateBundle({ database }: Settings): string | undefined {
  return database.certificateBundle === undefined
    ? undefined
    : readFileSync(resolve(ROOT, database.certificateBundle), 'utf8')
}

/** Without them, or with something else in their place, no task could connect. @throws SettingsError */
export function requireCertificateBundle(stack: string, settings: Settings): void {
  const refuse = (message: string) =>
    new SettingsError(stack, [{ key: 'howdah:database.certificateBundle', message }])
  let pem: string | undefined
  try {
    pem = certificateBundle(settings)
  } catch (error) {
    throw refuse(
      `${settings.database.certificateBundle} cannot be read: ${error instanceof Error ? error.message : error}`,
    )
  }
  if (pem !== undefined && !pem.includes('-----BEGIN CERTIFICATE-----'))
    throw refuse(`${settings.database.certificateBundle} has no certificate in PEM`)
}
