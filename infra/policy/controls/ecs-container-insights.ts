import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, fieldOf, listOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { ECS_CLUSTER } from './resource-types.ts'

const INSIGHTS: readonly unknown[] = ['enabled', 'enhanced']

/** Source: Security Hub, ECS.12 (turbot/steampipe-mod-aws-compliance, foundational_security/ecs.pp), read 2026-11-20. */
export const ecsContainerInsights: Control = {
  key: 'ecs-container-insights',
  ids: ['ECS.12'],
  title: 'ECS clusters should use Container Insights',
  severity: 'medium',
  remedy: "`settings: [{ name: 'containerInsights', value: 'enabled' }]`",
  ...eachOf([ECS_CLUSTER], cluster =>
    must(
      cluster,
      'settings',
      settings =>
        listOf(settings).some(
          one => fieldOf(one, 'name') === 'containerInsights' && INSIGHTS.includes(fieldOf(one, 'value')),
        ),
      'Container Insights is off',
    ),
  ),
  mutant: setting(ECS_CLUSTER, { settings: [{ name: 'containerInsights', value: 'disabled' }] }),
  enforcement: waivedOnDev('its metrics cost more than the tasks of a development stack'),
}
