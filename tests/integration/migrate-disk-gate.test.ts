import { statfs } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../runner/core/secret.ts'
import { connect } from '../../runner/postgres/connect.ts'
import { readFreeDiskBytes } from '../../runner/postgres/disk-space.ts'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

const INDEX = 'CREATE INDEX CONCURRENTLY a_name ON a (name);'

describe.each(MAJORS)('room on the disk, on Postgres %i', major => {
  test('an index that has no room is not begun; the estimate is near what it takes', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase({ major })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(
      db.url,
      'INSERT INTO public.a SELECT g, md5(g::text) FROM generate_series(2, 50000) AS g',
      'ANALYZE public.a',
    )
    await project.write(inMigrations({ '1_init/extra.sql': INDEX }))
    const refused = await deploy(project, db, '--free-disk-bytes', '1000000')
    expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('(gate disk-space)') })
    expect(refused.stderr).toContain(
      '977 KiB are free: 1_init/extra.sql:1:1 CREATE INDEX CONCURRENTLY a_name',
    )
    expect(await exists(db, 'public.a_name')).toBe(false)
    const plan = await deploy(project, db, '--dry-run', '--free-disk-bytes', '100000000')
    expect(plan.stdout).toMatch(/Takes about [\d.]+ MiB of disk while it runs; 95\.4 MiB are free\./)

    const enough = await deploy(project, db, '--free-disk-bytes', '100000000', '--json')
    expect(enough.exit, enough.stderr).toBe(0)
    const { needs } = JSON.parse(enough.stdout).disk
    const [real] = await query<{ bytes: string }>(db.url, "SELECT pg_relation_size('public.a_name') AS bytes")
    // The values are 32 characters, in no order: pages are filled as a build from sorted entries fills them.
    expect(needs[0].keptBytes / Number(real?.bytes)).toBeGreaterThan(0.7)
    expect(needs[0].keptBytes / Number(real?.bytes)).toBeLessThan(1.5)
  })
})

test('let through on record, it is built; a small database is not asked about', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT, '1_init/extra.sql': INDEX })
  await using db = await createDatabase()
  const small = await deploy(project, db, '--json')
  expect(small.exit, small.stderr).toBe(0)
  await project.write(inMigrations({ '2/migration.sql': 'ALTER TABLE a ALTER id TYPE bigint;' }))
  expect(JSON.parse((await deploy(project, db, '--dry-run', '--json')).stdout).disk).toMatchObject({
    neededBytes: 0,
  })
  expect(await deploy(project, db, '--free-disk-bytes', '1')).toMatchObject({ exit: 3 })
  const allowed = ['--free-disk-bytes', '1', '--allow', 'disk-space=another volume is on its way']
  expect(await deploy(project, db, ...allowed)).toMatchObject({ exit: 0 })
})

test("a server on this machine is found by its own process, and its disk's free space is what the system says", async () => {
  await using db = await createDatabase()
  const [row] = await query<{ directory: string }>(
    db.url,
    "SELECT current_setting('data_directory') AS directory",
  )
  await using connection = await connect({
    url: new Secret(db.url),
    setting: 'test',
    applicationName: 'test',
    connectTimeoutMs: 10_000,
  })
  const { bavail, bsize } = await statfs(row?.directory ?? '')
  const free = await readFreeDiskBytes(connection)
  // Other tests write meanwhile.
  expect(Math.abs((free ?? 0) - bavail * bsize)).toBeLessThan(1024 ** 3)
})
