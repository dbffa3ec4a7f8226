import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, isSet, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { ECS_SERVICE } from './resource-types.ts'

/** Source: Security Hub, ECS.10 (turbot/steampipe-mod-aws-compliance, foundational_security/ecs.pp), read 2026-11-20. */
export const ecsLatestPlatform: Control = {
  key: 'ecs-latest-platform',
  ids: ['ECS.10'],
  title: 'ECS Fargate services should run on the latest Fargate platform version',
  severity: 'medium',
  remedy: 'no `platformVersion`, or LATEST',
  ...eachOf([ECS_SERVICE], service =>
    must(
      service,
      'platformVersion',
      version => !isSet(version) || version === 'LATEST',
      'stays on one version of the platform',
    ),
  ),
  mutant: setting(ECS_SERVICE, { platformVersion: '1.3.0' }),
  enforcement: everywhere,
}
