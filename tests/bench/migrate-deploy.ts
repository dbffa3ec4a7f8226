import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { withReleases } from '../../runner/core/release-stack.ts'
import { MAIN } from '../harness/cli.ts'
import { execute, query } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'
import { ordinaryMigrations } from './ordinary-migrations.ts'

/**
 * `node tests/bench/migrate-deploy.ts --migrations 800 --runs 10 --deploys 3 [--extra]`
 *
 * What a deploy costs as a whole process, from its start to its end, on one server, contenders in turn:
 * a deploy that finds nothing to do, and one of the whole history onto an empty database. The peers are Prisma's schema
 * engine (its WASM build, in a child of its own: `migrate-deploy-prisma.ts`) and one psql session that runs the same files
 * and keeps no record of it: as it runs files by itself, every statement for itself, and with BEGIN and COMMIT put around each
 * file, which is the least the server can be asked to do. With `--extra` half of the migrations have an extra.sql, which only we run.
 */

const { values } = parseArgs({
  options: {
    migrations: { type: 'string', default: '800' },
    runs: { type: 'string', default: '10' },
    deploys: { type: 'string', default: '3' },
    postgres: { type: 'string', default: '18' },
    extra: { type: 'boolean', default: false },
  },
})

interface Command {
  readonly program: string
  readonly args: readonly string[]
}

interface Contender {
  readonly title: string
  readonly command: (url: string, project: TestProject, scripts: Scripts) => Command
  /** psql keeps no history, and would do everything again. */
  readonly hasHistory: boolean
}

/** Files for psql that run all migrations. */
interface Scripts {
  readonly plain: string
  readonly inTransactions: string
}

const psql = (url: string, script: string): Command => ({
  program: 'psql',
  args: ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', script],
})

const CONTENDERS: readonly Contender[] = [
  {
    title: 'howdah migrate deploy',
    command: url => ({ program: process.execPath, args: [MAIN, 'migrate', 'deploy', '--database-url', url] }),
    hasHistory: true,
  },
  {
    title: "Prisma's engine, applyMigrations",
    command: (url, project) => ({
      program: process.execPath,
      args: [
        new URL('migrate-deploy-prisma.ts', import.meta.url).pathname,
        url,
        join(project.directory, 'prisma/app/migrations'),
      ],
    }),
    hasHistory: true,
  },
  {
    title: 'psql, one session, the files as they are',
    command: (url, _, { plain }) => psql(url, plain),
    hasHistory: false,
  },
  {
    title: 'psql, one session, a transaction a file',
    command: (url, _, { inTransactions }) => psql(url, inTransactions),
    hasHistory: false,
  },
]

await withReleases(async releases => {
  const { url: server } = await startThrowAwayServer(
    { major: Number(values.postgres), settings: { shared_buffers: '256MB' }, volatile: false },
    releases,
  )
  const migrations = ordinaryMigrations(Number(values.migrations))
  const project = await createProject(migrations)
  releases.push('removing the project', () => project[Symbol.asyncDispose]())
  const paths = Object.keys(migrations)
  const scripts: Scripts = {
    plain: await psqlScript(project, 'plain.sql', paths, include => include),
    inTransactions: await psqlScript(project, 'tx.sql', paths, include => `BEGIN;\n${include}\nCOMMIT;`),
  }
  if (values.extra) await project.write(extraSql(paths))
  const about = `PostgreSQL ${values.postgres}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
  process.stdout.write(
    `${about}\n${values.migrations} migrations; wall milliseconds of the whole process\n\n`,
  )

  const onto = new Map<string, number[]>()
  const applied = new Map<string, string>()
  for (let run = 1; run <= Number(values.deploys); run++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      const database = `deploy_${index}_${run}`
      await execute(server, `CREATE DATABASE ${database} TEMPLATE template0`, 'CHECKPOINT')
      const url = urlOf(server, database)
      push(onto, contender.title, await wall(contender.command(url, project, scripts), project))
      const [made] = await query<{ tables: number }>(
        url,
        `SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 't\\_%'`,
      )
      if (made?.tables !== Number(values.migrations))
        throw new Error(`${contender.title} made ${made?.tables} tables`)
      applied.set(contender.title, url)
    }
  }
  print('the whole history onto an empty database', onto)

  const nothing = new Map<string, number[]>()
  for (let run = 0; run <= Number(values.runs); run++) {
    for (const contender of CONTENDERS.filter(({ hasHistory }) => hasHistory)) {
      const url = applied.get(contender.title) ?? ''
      const ms = await wall(contender.command(url, project, scripts), project)
      // The first run fills caches, ours included, as the first deploy on a machine does; it is told apart.
      push(nothing, run === 0 ? `${contender.title} (first)` : contender.title, ms)
    }
  }
  print('nothing to do', nothing)
})

/** All files in their order, by `\i`. */
async function psqlScript(
  project: TestProject,
  name: string,
  paths: readonly string[],
  around: (include: string) => string,
): Promise<string> {
  const file = join(project.directory, name)
  const lines = paths.map(path => around(`\\i ${join(project.directory, 'prisma/app/migrations', path)}`))
  await writeFile(file, `${lines.join('\n')}\n`)
  return file
}

/** Beside every other migration, a concurrent index on its table and two that are made under a lock. */
function extraSql(paths: readonly string[]): Record<string, string> {
  const files = paths.flatMap((path, index) => {
    const table = `t_${index}`
    const text = `CREATE INDEX CONCURRENTLY "${table}_name" ON "${table}" (lower("name"));
CREATE INDEX "${table}_active" ON "${table}" ("active") WHERE "active";
ALTER TABLE "${table}" ADD CONSTRAINT "${table}_name_check" CHECK ("name" <> '');\n`
    return index % 2 === 0 ? [[`prisma/app/migrations/${dirname(path)}/extra.sql`, text] as const] : []
  })
  return Object.fromEntries(files)
}

function urlOf(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** Runs a command to its end. @returns wall time in milliseconds */
function wall({ program, args }: Command, project: TestProject): Promise<number> {
  const started = performance.now()
  const child = spawn(program, args, { cwd: project.directory, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code =>
      code === 0
        ? resolve(performance.now() - started)
        : reject(new Error(`${program}: code ${code}\n${stderr}`)),
    )
  })
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  map.set(key, [...(map.get(key) ?? []), value])
}

function print(title: string, measured: ReadonlyMap<string, readonly number[]>): void {
  process.stdout.write(`${title.padEnd(44)}  median     min     max   runs\n`)
  for (const [contender, all] of measured) {
    const sorted = all.toSorted((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
    const numbers = [median, sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN]
    const columns = numbers.map(ms => String(Math.round(ms)).padStart(6)).join('  ')
    process.stdout.write(`  ${contender.padEnd(42)}  ${columns}  ${String(all.length).padStart(5)}\n`)
  }
  process.stdout.write('\n')
}
