import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHECKOUT } from '../harness/cli.ts'
import { BASES, type BuiltImage, buildRunner, docker, imageSize, lacking } from '../harness/images.ts'

const lack = lacking(...BASES)

describe.skipIf(lack)(`the runner's image${lack ? ` (${lack})` : ''}`, () => {
  let image: BuiltImage
  beforeAll(async () => {
    image = await buildRunner({ args: { VERSION: '1.2.3', REVISION: 'abc' } })
  }, 600_000)
  afterAll(async () => {
    await image?.[Symbol.asyncDispose]()
  })

  /** In the image, as its user, with a root that can be written where its rights allow it. */
  const inside = (script: string) => docker('run', '--rm', '--entrypoint', 'sh', image.tag, '-c', script)

  test('it comes out of a clean checkout, says what it is, and how large', async () => {
    const labels = JSON.parse(
      await docker('image', 'inspect', '--format', '{{json .Config.Labels}}', image.tag),
    )
    expect(labels).toMatchObject({
      'org.opencontainers.image.title': 'howdah',
      'org.opencontainers.image.version': '1.2.3',
      'org.opencontainers.image.revision': 'abc',
    })
    expect(await docker('run', '--rm', image.tag)).toContain('migrate')
    process.stdout.write(`the runner's image: ${Math.round((await imageSize(image.tag)) / 1e6)} MB\n`)
  })

  test('nobody in it is root, and nothing of it can be written by who runs it', async () => {
    expect((await inside('id -u; id -g')).split('\n').slice(0, 2)).toEqual(['10001', '10001'])
    const user = await docker('image', 'inspect', '--format', '{{.Config.User}}', image.tag)
    expect(user.trim()).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    const writable = await inside(
      "find / -xdev -writable -not -type l -not -path '/proc/*' -not -path '/dev/*' 2>/dev/null || true",
    )
    // Places for everybody in every Debian; a read-only root closes them as well.
    expect(writable.trim().split('\n').sort()).toEqual(['/run/lock', '/tmp', '/var/tmp'])
    // No file whose owner lends rights, and none of what the build was told in secret.
    expect(await inside('ls -A /run/secrets 2>/dev/null || true')).toBe('')
    expect(await inside('find /opt/howdah /usr/local /app -perm /6000 2>/dev/null || true')).toBe('')
  })

  test('it has the packages of the lockfile that the runner needs, bcrypt whole, and none for development', async () => {
    const lock = JSON.parse(readFileSync(`${CHECKOUT}package-lock.json`, 'utf8')) as {
      packages: Record<
        string,
        { version?: string; dev?: true; optional?: true; devOptional?: true; peer?: true }
      >
    }
    const found = (await inside('cd /opt/howdah && find node_modules -name package.json'))
      .split('\n')
      .map(path => path.replace(/\/package\.json$/, ''))
    const here = new Set(found)
    const names = (wanted: (entry: (typeof lock.packages)[string]) => unknown) =>
      Object.entries(lock.packages)
        .filter(([path, entry]) => path !== '' && wanted(entry))
        .map(([path]) => path)
    const needed = names(({ dev, optional, devOptional, peer }) => !dev && !optional && !devOptional && !peer)
    expect(needed.length).toBeGreaterThan(40)
    expect(needed.filter(path => !here.has(path))).toEqual([])
    const unwanted = names(({ dev, optional, devOptional }) => dev || optional || devOptional)
    expect(unwanted.length).toBeGreaterThan(200)
    const native = `node_modules/@node-rs/bcrypt-linux-${process.arch}-gnu`
    expect(unwanted.filter(path => here.has(path))).toEqual([native])
    const hashing =
      "require('/opt/howdah/node_modules/@node-rs/bcrypt').hash('x', { cost: 4 }).then(console.log)"
    expect(await inside(`node -e "${hashing}"`)).toMatch(/^\$2b\$04\$/)
  })

  test('without any optional package, as npm leaves it with --omit=optional, every verb can still be loaded', async () => {
    const script = 'rm -r /opt/howdah/node_modules/@node-rs/bcrypt-* && howdah --help'
    const help = await docker('run', '--rm', '--user', '0', '--entrypoint', 'sh', image.tag, '-c', script)
    expect(help).toContain('seed')
  })

  test('it has neither tests nor package managers nor what belongs to the checkout alone', async () => {
    const listed = await inside(
      'find /opt/howdah/runner /opt/howdah/monitoring -type f; ls /opt/howdah /usr/local/bin /usr/local/lib',
    )
    expect(listed).not.toMatch(/\.test\.ts|install\.js|Dockerfile|package-lock|\bnpm\b|\bnpx\b|corepack|yarn/)
    expect(await inside('howdah runbook PgDown')).toContain('## Mitigation')
  })

  test('the programs of PostgreSQL are there, of one version, and whole', async () => {
    const versions = await inside('psql --version; pg_dump --version; pg_restore --version')
    const [psql, dump, restore] = versions.split('\n').map(line => /\) (\S+)/.exec(line)?.[1])
    expect(Number.parseInt(psql ?? '', 10)).toBeGreaterThanOrEqual(17)
    expect([dump, restore]).toEqual([psql, psql])
  })

  test('built again without a cache, what is ours comes out the same, bit by bit, with its rights and its times', async () => {
    await using again = await buildRunner({ noCache: true, target: 'packages' })
    // Without the folder itself: its time is when the layer was made, where BuildKit does not clamp times.
    const digest = (folder: string) => `cd ${folder} && tar --sort=name --numeric-owner -c * | sha256sum`
    const second = await docker('run', '--rm', '--entrypoint', 'sh', again.tag, '-c', digest('/opt/howdah'))
    expect(second).toBe(await inside(digest('/opt/howdah')))
  }, 600_000)
})
