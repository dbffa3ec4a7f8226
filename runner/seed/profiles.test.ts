import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadProfiles, profileNames } from './profiles.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'howdah-profiles-'))
  await mkdir(join(directory, 'seed', 'parts'), { recursive: true })
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const profile = (name: string, first: readonly string[] = []) =>
  writeFile(
    join(directory, 'seed', `${name}.ts`),
    `export default { summary: '${name}', first: ${JSON.stringify(first)}, run: async () => {} }`,
  )

test('profiles are the files of the folder, without tests and without its folders', async () => {
  await profile('small')
  await profile('small.test')
  await writeFile(join(directory, 'seed', 'README.md'), '')
  expect(await profileNames(directory)).toEqual(['small'])
})

test('a profile comes after those it builds on, each once', async () => {
  await profile('base')
  await profile('middle', ['base'])
  await profile('top', ['base', 'middle'])
  const names = (await loadProfiles(directory, 'top')).map(each => each.name)
  expect(names).toEqual(['base', 'middle', 'top'])
})

test('an unknown profile is refused with the list of those that exist', async () => {
  await profile('small')
  await expect(loadProfiles(directory, 'smal')).rejects.toMatchObject({
    code: 'seed-profile-unknown',
    message: 'there is no seed profile "smal" (there is: small)',
  })
})

test('a name cannot lead out of the folder', async () => {
  await writeFile(join(directory, 'outside.ts'), 'export default { run: async () => {} }')
  await expect(loadProfiles(directory, '../outside')).rejects.toMatchObject({ code: 'seed-profile-unknown' })
})
