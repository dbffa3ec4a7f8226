import { formatDuration } from '../core/units.ts'
import type { EcsRunOutcome } from './ecs.ts'

/** For a program: the task, where it ran and how it ended. */
export function outcomeData({ request, log, state, task, ...outcome }: EcsRunOutcome) {
  const network = request.networkConfiguration?.awsvpcConfiguration
  const [container] = request.overrides?.containerOverrides ?? []
  return {
    state,
    task: task ?? null,
    exitCode: outcome.exitCode ?? null,
    reason: outcome.reason ?? null,
    durationMs: outcome.durationMs ?? null,
    region: outcome.region,
    cluster: request.cluster ?? null,
    taskDefinition: request.taskDefinition ?? null,
    container: container?.name ?? null,
    image: outcome.image,
    command: container?.command ?? [],
    launchType: request.launchType ?? null,
    subnets: network?.subnets ?? [],
    securityGroups: network?.securityGroups ?? [],
    log: log ? { group: log.group, region: log.region, stream: log.stream ?? null } : null,
  }
}

/** For a person: what would be started, or what was. */
export function outcomeText(outcome: EcsRunOutcome): string {
  const data = outcomeData(outcome)
  const where =
    data.log && `${data.log.group} in ${data.log.region}${data.log.stream ? `, ${data.log.stream}` : ''}`
  const facts: readonly (readonly [string, string | null])[] = [
    ['command', `howdah ${data.command.join(' ')}`],
    ['task', data.task],
    ['definition', data.taskDefinition],
    ['container', `${data.container} (${data.image})`],
    ['cluster', `${data.cluster} in ${data.region}${data.launchType ? `, ${data.launchType}` : ''}`],
    ['subnets', data.subnets.join(', ') || null],
    ['groups', data.securityGroups.join(', ') || null],
    ['log', where],
  ]
  const lines = facts.flatMap(([what, fact]) => (fact === null ? [] : [`  ${what.padEnd(10)}  ${fact}`]))
  const heads = {
    planned: 'Would start one task; nothing was changed.',
    started: 'Started; nobody waits for it.',
    ended: `Ended with ${outcome.exitCode} after ${formatDuration(outcome.durationMs ?? 0)}.`,
  } as const
  return [heads[outcome.state], '', ...lines].join('\n')
}
