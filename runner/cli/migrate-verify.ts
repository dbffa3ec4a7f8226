import { resolveDatabaseFolder } from '../config/database-folder.ts'
import {
  generateManifest,
  reportManifest,
  reportVerify,
  summarizeVerify,
  verify,
} from '../migrate/migrate.ts'
import { schemaOfUrl } from './database-urls.ts'
import { MIGRATE_SETTINGS, migrateOptions } from './migrate-settings.ts'
import type { Verb } from './verb.ts'

export const migrateVerify: Verb = {
  path: ['migrate', 'verify'],
  summary: 'compare the live schema with what its history says, and name every difference',
  description:
    'What history says is read from the manifest beside the migrations (catalogue.json) when that answers for this database;\n' +
    'else the applied part of the history is run on a throw-away server of the same major version. Pending migrations are\n' +
    'no drift. Compared are tables, columns, constraints, indexes, sequences, types, views, routines, triggers, policies,\n' +
    'grants and required extensions; not owners, comments, the order of columns, or additional extensions and partitions.\n' +
    'Changes nothing in the database. Exit codes: 0 equal, 6 drift, or a stale manifest, or it could not be checked; with\n' +
    '--write-manifest 6 when a down.sql does not lead back.',
  settings: [...MIGRATE_SETTINGS, 'summaryFile'],
  flags: [
    { name: '--shadow', help: 'do not use the manifest: build the schema on a throw-away server' },
    {
      name: '--write-manifest',
      help: 'write catalogue.json from the history, on throw-away servers of every version, and prove every down.sql; needs no database',
    },
  ],
  examples: [
    { command: 'howdah migrate verify', meaning: 'Has anybody changed this database by hand?' },
    {
      command: "howdah migrate verify --json | jq -r '.differences[].object'",
      meaning: 'The objects that differ, for a program.',
    },
    {
      command: 'howdah migrate verify --write-manifest',
      meaning: 'After a new migration: what it does to the schema, to commit and review with it.',
    },
  ],
  run: async context => {
    const { config, flags, runtime, cwd } = context
    if (flags.writeManifest === true) {
      // Needs no database, and so no URL.
      const folder = await resolveDatabaseFolder(cwd, config.database, config)
      return reportManifest(await generateManifest({ folder, schema: schemaOfUrl(config), runtime }))
    }
    const outcome = await verify({ ...(await migrateOptions(context)), shadow: flags.shadow === true })
    return { ...reportVerify(outcome), markdown: () => summarizeVerify(outcome) }
  },
}
