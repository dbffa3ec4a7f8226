import { describe, expect, test } from 'vitest'
import { accessStage } from '../harness/access.ts'
import { MAJORS } from '../harness/postgres.ts'

describe.each(MAJORS)('roles and grants, on Postgres %i', major => {
  test('are printed first, then made by a role that is no superuser; a second run has nothing to do', async () => {
    await using stage = await accessStage(major)
    const printed = await stage.setup('--dry-run')
    expect(printed.exit, printed.stderr).toBe(0)
    const made = await stage.setup('--json')
    expect(made.exit, made.stderr + made.stdout).toBe(0)
    const again = await stage.setup()
    expect(again.stdout).toContain('Nothing to do')
  })
})
