import { HowdahError } from '../core/errors.ts'
import { parseTarget, repointPoolers, targetFile, targetSecret } from '../pooler/pooler.ts'
import { reportRepoint } from '../pooler/report.ts'
import { CONSOLE_SETTINGS, consoleUrls, DEADLINE, DRY_RUN, millisecondsOf } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const poolerRepoint: Verb = {
  path: ['pooler', 'repoint'],
  summary: 'move every PgBouncer to another server while its clients wait, without an error',
  description:
    'Tells every entrypoint the new address by way of its console (and of --target-file), pauses all, has all read it, resumes all. Between pause and\n' +
    'resume no statement is under way: none is lost, and none lands on the old server afterwards. Whatever fails before all have the\n' +
    'new address puts the old one back and resumes all. Cut off at any point, run it again.\n' +
    'Tasks that start later know what --target-secret says, or the configuration they are deployed with: bring that up to date next.\n' +
    'Exit codes: 0 moved or there already, 2 the deadline is beyond query_wait_timeout, 3 refused, 4 all are where they were.',
  settings: CONSOLE_SETTINGS,
  flags: [
    { name: '--to <host:port>', help: 'the new server' },
    { name: '--from <host:port>', help: 'the old one; absent: where all their databases are' },
    {
      name: '--target-file <path...>',
      help: 'a file that entrypoints watch instead (PGBOUNCER_TARGET_FILE), on a volume; may be given several times',
    },
    {
      name: '--target-secret <arn>',
      help: 'a secret of AWS Secrets Manager that tasks get as PGBOUNCER_TARGET when they start',
    },
    {
      name: '--notice-ms <ms>',
      help: 'how long the entrypoints get to notice it, in milliseconds',
      fallback: '1000',
    },
    DEADLINE,
    DRY_RUN,
  ],
  examples: [
    {
      command: 'howdah pooler repoint --to new.example.com:5432 --dry-run',
      meaning: 'Which databases of which poolers would move.',
    },
    {
      command: 'howdah pooler repoint --to new.example.com:5432 --target-secret shop-prod/pooler-target',
      meaning: 'Cut over after a restore or a promotion.',
    },
  ],
  run: async ({ config, flags, runtime }) => {
    const command = 'pooler repoint'
    const files = [flags.targetFile ?? []].flat().map(String)
    if (flags.to === undefined)
      throw new HowdahError('usage-invalid', { problem: '--to is missing', command })
    return reportRepoint(
      await repointPoolers({
        urls: consoleUrls(config),
        connectTimeoutMs: config.connectTimeoutMs,
        to: parseTarget('--to', String(flags.to)),
        from: flags.from === undefined ? undefined : parseTarget('--from', String(flags.from)),
        places: [
          ...files.map(targetFile),
          ...(flags.targetSecret === undefined ? [] : [targetSecret(String(flags.targetSecret))]),
        ],
        noticeMs: millisecondsOf(flags.noticeMs, '--notice-ms', command, 0),
        deadlineMs: millisecondsOf(flags.deadlineMs, '--deadline-ms', command),
        dryRun: flags.dryRun === true,
        runtime,
      }),
    )
  },
}
