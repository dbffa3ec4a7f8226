import { RunError } from '@pulumi/pulumi'
import type { PgBouncerArgs } from './pooler-args.ts'

/** Route 53 answers with eight addresses at the most: of a ninth task the runner would never hear, and its clients would keep stale statements. */
export const MAXIMUM_REACHABLE_TASKS = 8

/** One in each of three availability zones. */
const PRODUCTION_TASKS = 3

/** Tasks there can be at one time: a deployment starts new ones before old ones end. */
export function tasksAtSurge({
  maximumTasks,
  maximumPercent,
}: Pick<PgBouncerArgs, 'maximumTasks' | 'maximumPercent'>): number {
  return Math.floor((maximumTasks * maximumPercent) / 100)
}

/** @throws RunError that names the setting */
export function requireSoundSizing(args: PgBouncerArgs): void {
  const { estate, tasks, maximumTasks, maximumPercent, processes, size } = args
  if (estate.production && tasks < PRODUCTION_TASKS) {
    throw new RunError(
      `howdah:pooler.tasks: ${tasks} in production; there have to be at least ${PRODUCTION_TASKS}, one in each availability zone`,
    )
  }
  if (maximumTasks < tasks) {
    throw new RunError(`howdah:pooler.maxTasks: ${maximumTasks} is less than howdah:pooler.tasks, ${tasks}`)
  }
  if (Math.floor((tasks * maximumPercent) / 100) <= tasks) {
    throw new RunError(
      `howdah:pooler.surgePercent: with ${maximumPercent} % of ${tasks} tasks a deployment has no room for a new one, since none of the old may end before`,
    )
  }
  const surge = tasksAtSurge(args)
  if (surge > MAXIMUM_REACHABLE_TASKS) {
    throw new RunError(
      `howdah:pooler.maxTasks: ${maximumTasks} at ${maximumPercent} % are ${surge} tasks while a deployment rolls; DNS names ${MAXIMUM_REACHABLE_TASKS}, and the runner has to reach all of them`,
    )
  }
  const processors = Math.max(1, Math.floor(size.cpu / 1024))
  if (processes > processors) {
    throw new RunError(
      `howdah:pooler.vcpus: ${processes} processes share ${size.cpu} CPU units; a process takes a vCPU, 1024 units`,
    )
  }
}
