import type { Registered } from './pulumi-registrations.ts'

/** A statement of a policy, with what IAM lets be one text or a list always as a list. */
export interface ReadStatement {
  /** Name of the resource it is in. */
  readonly of: string
  readonly sid: string
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly principal: Readonly<Record<string, unknown>>
}

const listOf = (value: unknown): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)]

function read(of: string, text: unknown): ReadStatement[] {
  const { Version, Statement } = JSON.parse(String(text)) as {
    Version: string
    Statement: Record<string, unknown>[]
  }
  if (Version !== '2012-10-17') throw new Error(`${of}: version ${Version} of the policy language`)
  return Statement.map(statement => ({
    of,
    sid: String(statement.Sid),
    actions: listOf(statement.Action),
    resources: listOf(statement.Resource),
    condition: (statement.Condition ?? {}) as ReadStatement['condition'],
    principal: (statement.Principal ?? {}) as ReadStatement['principal'],
  }))
}

/** What roles may do, by the name of the policy where one is given. */
export function permissions(run: Registered, name?: string): ReadStatement[] {
  return run
    .of('aws:iam/rolePolicy:RolePolicy')
    .filter(policy => name === undefined || policy.name === name)
    .flatMap(policy => read(policy.name, policy.inputs.policy))
}

/** Who may take roles. */
export function trusts(run: Registered, name?: string): ReadStatement[] {
  return run
    .of('aws:iam/role:Role')
    .filter(role => name === undefined || role.name === name)
    .flatMap(role => read(role.name, role.inputs.assumeRolePolicy))
}

/** Statements that name everything of a service, or whole services of actions. */
export function tooWide(statements: readonly ReadStatement[]): string[] {
  return statements
    .filter(
      ({ actions, resources }) =>
        actions.some(action => action.includes('*')) ||
        resources.some(
          resource => !resource.startsWith('arn:') || /:\*?$/.test(resource.split(':').slice(0, 6).join(':')),
        ),
    )
    .map(({ of, sid, actions }) => `${of} ${sid}: ${actions.join(', ')}`)
}
