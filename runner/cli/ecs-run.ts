import { SETTINGS, type SettingName } from '../config/settings.ts'
import { HowdahError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { formatDuration } from '../core/units.ts'
import { runInEcs } from '../ecs/ecs.ts'
import { outcomeData, outcomeText } from '../ecs/report.ts'
import type { Verb, VerbContext } from './verb.ts'

export const ecsRun: Verb = {
  path: ['ecs', 'run'],
  argument: { name: '<verb...>', help: 'the verb, as behind `howdah`; its own flags behind --' },
  summary: 'run a verb as a task in Amazon ECS, with its log here, and end as it ends',
  description: `Starts one task of the task definition, whose image is the runner's, follows it and its log in CloudWatch (driver awslogs), and
exits with the exit code of its container. What the verb reports goes to stdout, its log to stderr; with --json all of it goes to
stderr, and stdout has a document about the task. Ctrl-C, and the end of --timeout-ms, stop the task and wait until it has ended.
Needs ecs:DescribeTaskDefinition, ecs:RunTask, ecs:TagResource, ecs:DescribeTasks, ecs:StopTask, logs:GetLogEvents, and iam:PassRole
on the roles of the task.`,
  settings: [
    'ecsCluster',
    'ecsTaskDefinition',
    'ecsSubnets',
    'ecsSecurityGroups',
    'ecsTimeoutMs',
    'awsRegion',
  ],
  flags: [
    { name: '--container <name>', help: "the runner's container, where the task has several essential ones" },
    { name: '--dry-run', help: 'print the task that would be started, and start none' },
    { name: '--detach', help: 'do not wait: print the task, and exit with 0 once it is started' },
  ],
  examples: [
    {
      command:
        'howdah ecs run --cluster shop-prod --task-definition shop-prod-migrate --subnets subnet-1,subnet-2 migrate deploy',
      meaning: 'In CI: the migrations, next to the database, with their log and exit code here.',
    },
    {
      command:
        'howdah ecs run --cluster shop-prod --task-definition shop-prod-migrate --subnets subnet-1 -- migrate plan --json',
      meaning: 'Flags of the verb itself stand behind --; its report is on stdout.',
    },
    {
      command:
        'howdah ecs run --task-definition shop-prod-migrate --subnets subnet-1 --dry-run migrate deploy',
      meaning: 'Which image would run where, with what; nothing is started.',
    },
  ],
  run: async context => {
    const { config, flags, words, runtime, report, json } = context
    await checkWords(context)
    if (config.ecsTaskDefinition === undefined)
      throw usage('--task-definition, or HOWDAH_ECS_TASK_DEFINITION, is missing')
    if (flags.dryRun === true && flags.detach === true)
      throw usage('--dry-run and --detach: nothing would be started')
    const outcome = await runInEcs({
      cluster: config.ecsCluster,
      taskDefinition: config.ecsTaskDefinition,
      container: flags.container as string | undefined,
      subnets: config.ecsSubnets ?? [],
      securityGroups: config.ecsSecurityGroups ?? [],
      region: config.awsRegion,
      timeoutMs: config.ecsTimeoutMs,
      words,
      mode: flags.dryRun === true ? 'plan' : flags.detach === true ? 'detach' : 'wait',
      onReportLine: json
        ? line => runtime.log.info('ecs.output', line)
        : line => report({ data: {}, text: line, exit: EXIT.done }),
      runtime,
    })
    const { exitCode = EXIT.done } = outcome
    const whole = {
      data: { ok: exitCode === 0, ...outcomeData(outcome) },
      text: outcomeText(outcome),
      exit: EXIT.done,
    }
    // On stdout the container's own report stands alone, fit for a program: how the task ended goes to the log.
    if (json || outcome.state !== 'ended') report(whole)
    if (outcome.state === 'ended') {
      const sentence = `${words.join(' ')} ended with ${exitCode} after ${formatDuration(outcome.durationMs ?? 0)}`
      const because = exitCode === 0 ? '' : `: ${outcome.reason}`
      runtime.log.event(exitCode === 0 ? 'info' : 'error', 'ecs.ended', sentence + because, {
        task: outcome.task,
        exitCode,
      })
    }
    return { exit: exitCode }
  },
}

const usage = (problem: string) => new HowdahError('usage-invalid', { problem, command: 'ecs run' })

/** A slip of the pen is found here, in 0.1 s, and not by a task that takes a minute to start. */
async function checkWords({ words, understand }: VerbContext): Promise<void> {
  const { verb, settings } = await understand(words)
  if (verb === 'ecs run' || verb === 'up') throw usage(`${verb} cannot run in ECS`)
  const secret = SECRETS.find(name => settings[name] !== undefined)
  if (secret)
    throw usage(
      `${SETTINGS[secret].flag.split(' ')[0]} would be readable by everybody who may look at tasks: give ${SETTINGS[secret].env[0]} to the task definition, as a secret`,
    )
}

/** Settings with a flag that hold passwords. */
const SECRETS = ['databaseUrl', 'directUrl', 'poolerAdminUrls'] as const satisfies readonly SettingName[]
