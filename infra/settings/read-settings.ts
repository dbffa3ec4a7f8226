import * as pulumi from '@pulumi/pulumi'
import { refuseBadCombinations } from '../guard-rails/guard-rails.ts'
import { requireCertificateBundle } from './certificate-bundle.ts'
import { parseSettings } from './parse.ts'
import type { Settings } from './settings.ts'

/**
 * The settings of the stack that is being deployed, checked one by one and together.
 * @throws SettingsError before anything is registered
 */
export function readSettings(): Settings {
  const stack = pulumi.getStack()
  const parsed = parseSettings(stack, pulumi.runtime.allConfig())
  refuseBadCombinations(stack, parsed)
  requireCertificateBundle(stack, parsed.settings)
  return parsed.settings
}
