import { resolveDatabaseFolder } from '../config/database-folder.ts'
import { DIFF_SIDES, type DiffSide, diff, reportDiff } from '../migrate/draft/draft.ts'
import { directUrl, schemaOfUrl } from './database-urls.ts'
import { MIGRATE_SETTINGS } from './migrate-settings.ts'
import type { Verb } from './verb.ts'

const side = (value: string): DiffSide | undefined => DIFF_SIDES.find(each => each === value)

export const migrateDiff: Verb = {
  path: ['migrate', 'diff'],
  summary: 'print the SQL that leads from one schema to another: history, schema.prisma, database',
  description:
    "Compares by Prisma's own engine. The history, extra SQL included, is run on a throw-away server; a database is only read, in\n" +
    'a session that the server keeps from writing. Objects that extra SQL made and those Prisma cannot express are left\n' +
    'alone and named in comments; --all shows what Prisma would do to them. Writes nothing.\n' +
    'Exit codes: 0 whatever the difference; with --exit-code 6 where there is one.',
  settings: [...MIGRATE_SETTINGS, 'postgres'],
  flags: [
    {
      name: '--from <side>',
      help: `where it starts: ${DIFF_SIDES.join(', ')}`,
      parse: side,
      fallback: 'migrations',
    },
    { name: '--to <side>', help: 'where it leads: the same', parse: side, fallback: 'schema' },
    { name: '--exit-code', help: 'exit with 6 when there is a difference' },
    { name: '--all', help: 'also what Prisma would do to objects that it cannot express or did not make' },
  ],
  examples: [
    { command: 'howdah migrate diff', meaning: 'What `howdah migrate new` would write.' },
    {
      command: 'howdah migrate diff --exit-code',
      meaning: 'In CI: does the history lead to schema.prisma?',
    },
    {
      command: 'howdah migrate diff --from schema --to database',
      meaning: 'What the database has beyond schema.prisma.',
    },
  ],
  run: async ({ config, flags, runtime, cwd }) =>
    reportDiff(
      await diff({
        folder: await resolveDatabaseFolder(cwd, config.database, config),
        from: flags.from as DiffSide,
        to: flags.to as DiffSide,
        schema: schemaOfUrl(config),
        major: config.postgres,
        connectTimeoutMs: config.connectTimeoutMs,
        address: () => directUrl(config),
        all: flags.all === true,
        runtime,
      }),
      flags.exitCode === true,
    ),
}
