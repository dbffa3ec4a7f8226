import { PolicyPack } from '@pulumi/policy'
import { CONTROLS } from './controls/registry.ts'
import { policiesOf } from './pack/policies.ts'

/** `pulumi up --policy-pack infra/policy`. The constructor starts a server, so nothing else may be in this file. */
new PolicyPack('howdah', { policies: policiesOf(CONTROLS), enforcementLevel: 'mandatory' })
