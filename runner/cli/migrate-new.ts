import { resolveDatabaseFolder } from '../config/database-folder.ts'
import { type AskRename, newMigration, reportNew } from '../migrate/draft/draft.ts'
import { schemaOfUrl } from './database-urls.ts'
import type { Ask, Verb } from './verb.ts'

export const migrateNew: Verb = {
  path: ['migrate', 'new'],
  argument: { name: '<name>', help: 'what the migration is about: add_author' },
  summary: 'write the migration that leads to schema.prisma, with the way back beside it',
  description:
    "What Prisma's own engine would write, without a database of yours: the history, extra SQL and repeatables included,\n" +
    'is run on a throw-away server, compared there with the schema, and the migration and its down.sql are run there too.\n' +
    'What extra SQL made and what Prisma cannot express stays, and is named. A column or table that is gone while a similar\n' +
    'one is new may have been renamed: on a terminal you are asked, elsewhere --rename or --drop has to say.\n' +
    'Exit codes: 0 also when there is nothing to do, 2 the schema is not valid, 3 renamed or dropped?',
  settings: ['databaseUrl', 'directUrl', 'database', 'schema', 'migrations', 'postgres'],
  flags: [
    {
      name: '--rename <old=new...>',
      help: 'a column (users.name=users.full_name), table or enum (people=users) is renamed',
    },
    { name: '--drop <name...>', help: 'a column, table, enum or index is dropped, even one that would stay' },
    { name: '--empty', help: 'a folder for SQL written by hand, whatever the schema says' },
    { name: '--dry-run', help: 'print both files and write nothing' },
  ],
  examples: [
    { command: 'howdah migrate new add_author', meaning: 'After an edit of schema.prisma.' },
    {
      command: 'howdah migrate new split_name --rename users.name=users.full_name --dry-run',
      meaning: 'A column keeps its data under its new name; only print it.',
    },
    { command: 'howdah migrate new backfill_slugs --empty', meaning: 'A folder for SQL of your own.' },
  ],
  run: async ({ config, flags, runtime, cwd, ask, argument = '' }) =>
    reportNew(
      await newMigration({
        folder: await resolveDatabaseFolder(cwd, config.database, config),
        name: argument,
        schema: schemaOfUrl(config),
        major: config.postgres,
        renames: (flags.rename as string[] | undefined) ?? [],
        drops: (flags.drop as string[] | undefined) ?? [],
        empty: flags.empty === true,
        dryRun: flags.dryRun === true,
        ask: ask && askRename(ask),
        runtime,
      }),
    ),
}

/** Asks until the answer is one of the numbers, or the input ends. */
function askRename(ask: Ask): AskRename {
  return async ({ kind, from, to }) => {
    const choices = [...to.map(name => `it is now ${name}: keep the data`), 'it is dropped, with its data']
    const list = choices.map((choice, index) => `  ${index + 1}  ${choice}`).join('\n')
    for (;;) {
      const answer = await ask(
        `The ${kind} ${from} is gone from the schema.\n${list}\nWhich (1 to ${choices.length})? `,
      )
      if (answer === undefined) return undefined
      const chosen = Number(answer.trim())
      if (Number.isInteger(chosen) && chosen >= 1 && chosen <= choices.length)
        return chosen <= to.length ? chosen - 1 : 'dropped'
    }
  }
}
