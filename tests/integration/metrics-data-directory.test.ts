import { statfs } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { dataDirectory } from '../../runner/metrics/collectors/data-directory.ts'
import { ask, collectWith, roleWith } from '../harness/collectors.ts'
import { valueIn } from '../harness/exposition.ts'
import { createDatabase, query } from '../harness/postgres.ts'

test('the disk of a server on this machine is measured, as df counts; who may not know where it is gets nothing', async () => {
  await using database = await createDatabase()
  const series = await collectWith(dataDirectory, database.url)
  const [row] = await query<{ directory: string }>(
    database.url,
    "SELECT current_setting('data_directory') AS directory",
  )
  const { blocks, bfree, bavail, bsize } = await statfs(row?.directory ?? '')
  const size = valueIn(series, 'howdah_data_directory_size_bytes') ?? 0
  const free = valueIn(series, 'howdah_data_directory_free_bytes') ?? 0
  // Others write to the same disk meanwhile.
  expect(Math.abs(size - (blocks - bfree + bavail) * bsize)).toBeLessThan(size / 100)
  expect(Math.abs(free - bavail * bsize)).toBeLessThan(size / 10)
  expect(free).toBeLessThan(size)
  const { series: none, failures } = await ask(await roleWith(database), [dataDirectory])
  expect([none, failures]).toEqual([[], {}])
  const asMonitor = await collectWith(dataDirectory, await roleWith(database, 'pg_monitor'))
  expect(valueIn(asMonitor, 'howdah_data_directory_size_bytes')).toBeGreaterThan(0)
})
