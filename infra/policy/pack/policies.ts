import type {
  Policies,
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  StackValidationArgs,
} from '@pulumi/policy'
import type { Control } from '../controls/control.ts'
import { type Registered, stackOfUrn } from '../controls/registered.ts'
import { type Stance, stanceOn } from '../enforcement.ts'
import { findingsOf } from '../verdicts.ts'
import { plain } from './plain.ts'

type Level = Stance['level']

/**
 * A policy for each control, and a second one, `<key>-advisory`, where a stack is only advised: Pulumi has one level for a policy,
 * and says which stack it is about only in the URNs. What is not known before the update is said by the advisory policy, too,
 * since it is neither a violation nor a pass.
 */
export function policiesOf(controls: readonly Control[]): Policies {
  return controls.flatMap(control => [
    policyOf(control, 'mandatory', control.key),
    policyOf(control, 'advisory', `${control.key}-advisory`),
  ])
}

function policyOf(control: Control, level: 'mandatory' | 'advisory', name: string): Policies[number] {
  const about = {
    name,
    displayName: `${control.ids[0]}: ${control.title}`,
    description: `${control.ids.join(', ')}: ${control.title}`,
    severity: control.severity,
    enforcementLevel: level,
    remediationSteps: control.remedy,
    tags: [...control.ids],
  }
  const report = (resources: readonly Registered[], say: ReportViolation) => {
    for (const finding of findingsOf(control, resources).standing) {
      const stance = stanceOn(control.enforcement, stackOfUrn(finding.urn)).level
      const said: Level = finding.certainty === 'untold' && stance !== 'waived' ? 'advisory' : stance
      const prefix = finding.certainty === 'untold' ? 'cannot be told: ' : ''
      if (said === level)
        say(`${prefix}${finding.name}: ${finding.message}. To do: ${control.remedy}`, finding.urn)
    }
  }
  return control.scope === 'resource'
    ? {
        ...about,
        validateResource: (args: ResourceValidationArgs, say: ReportViolation) =>
          control.types.includes(args.type) ? report([resourceOf(args)], say) : undefined,
      }
    : {
        ...about,
        validateStack: ({ resources }: StackValidationArgs, say: ReportViolation) =>
          report(
            resources.map(resource => resourceOf(resource, resource.propertyDependencies)),
            say,
          ),
      }
}

function resourceOf(
  { urn, type, name, props }: Pick<ResourceValidationArgs, 'urn' | 'type' | 'name' | 'props'>,
  dependencies: PolicyResource['propertyDependencies'] = {},
): Registered {
  const references = Object.entries(dependencies).map(([property, resources]) => [
    property,
    resources.map(resource => resource.urn),
  ])
  return {
    urn,
    type,
    name,
    inputs: plain(props) as Registered['inputs'],
    references: Object.fromEntries(references),
  }
}
