import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../runner/core/clock.ts'
import { poll } from '../../runner/core/poll.ts'
import { INIT } from './migrations.ts'
import { query, type TestDatabase } from './postgres.ts'
import type { TestProject } from './project.ts'

/** Hooks by name: what begins with `#!` is made executable. */
export async function addHooks(project: TestProject, hooks: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(hooks)) {
    const path = `prisma/app/hooks/${name}`
    await project.write({ [path]: text })
    if (text.startsWith('#!')) await chmod(join(project.directory, path), 0o755)
  }
}

export const SHELL = '#!/bin/sh\n'
export const TWO = { '1_init/migration.sql': INIT, '2_more/migration.sql': 'CREATE TABLE b (id int);' }
/** Writes the name of the event and what the hook knows of its migration, one line a call. */
export const DIARY = `${SHELL}echo "$HOWDAH_HOOK_EVENT $HOWDAH_HOOK_MIGRATION $HOWDAH_HOOK_OUTCOME" >> diary.txt\n`
export const diaryOf = async ({ directory }: TestProject) =>
  (await readFile(join(directory, 'diary.txt'), 'utf8').catch(() => ''))
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)

export const reportOf = (result: { stdout: string }) =>
  JSON.parse(result.stdout) as {
    steps: { state: string }[]
    hooks: {
      event: string
      hook: string
      migration: string | null
      state: string
      durationMs: number | null
    }[]
    error?: { code: string; message: string; hint: string; cleanup?: string[] }
  }
export const states = (result: { stdout: string }) =>
  reportOf(result).hooks.map(({ hook, migration, state }) =>
    [hook, migration, state].filter(Boolean).join(' '),
  )

export const outcomes = (db: TestDatabase) =>
  query(db.url, 'SELECT outcome, error_code FROM howdah.run ORDER BY started_at')

/** Sessions that sleep on the server for a hook. */
export const sleeping = (db: TestDatabase) =>
  query(
    db.url,
    "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%' AND datname = current_database()",
  )

export const PATIENTLY = { clock: systemClock, budgetMs: 20_000, firstPauseMs: 20, maxPauseMs: 100 }

/** The id that a hook wrote down, once it has. */
export async function writtenId({ directory }: TestProject, file: string): Promise<number> {
  const text = await poll(
    async () => (await readFile(join(directory, file), 'utf8').catch(() => '')).trim() || undefined,
    PATIENTLY,
  )
  return Number(text)
}
