import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { choosePort } from '../../runner/embedded/ports.ts'
import { chooseServerUser, giveTo, runAs } from '../../runner/embedded/server-user.ts'
import { iniOfProcess, type PgbouncerVersion, renderPgbouncerIni } from '../../runner/pooler/pooler.ts'
import { pgbouncerSettings } from '../harness/pgbouncer-settings.ts'
import { pgbouncer } from '../harness/pooler.ts'
import { IMAGE, IMAGE_VERSION, poolerImage } from '../harness/pooler-image.ts'

const NEEDS = '(needs pgbouncer: apt-get install pgbouncer)'
const local = pgbouncer
  ? (/PgBouncer ([\d.]+)/.exec(
      execFileSync(pgbouncer, ['--version'], { encoding: 'utf8' }),
    )?.[1] as PgbouncerVersion)
  : '1.18'

/** Inis of random settings, each with a folder of its own and a free port, and the first process of each. */
async function randomInis(version: PgbouncerVersion, count: number, folderOf: (number: number) => string) {
  const inis: string[] = []
  const port = await choosePort({ asked: 0, what: 'a random pooler', setting: 'nothing' })
  for (const settings of fc.sample(pgbouncerSettings(version), count * 3)) {
    const place = { directory: folderOf(inis.length), listenPort: port, listenAddress: '127.0.0.1' }
    try {
      inis.push(iniOfProcess(renderPgbouncerIni({ ...settings, ...place }), 1))
    } catch {
      // What the format cannot carry is refused, which render.test.ts looks at.
    }
    if (inis.length === count) break
  }
  expect(inis).toHaveLength(count)
  return inis
}

test.skipIf(!pgbouncer)(
  `every ini rendered for the PgBouncer of this machine starts it without a complaint ${NEEDS}`,
  async () => {
    const user = await chooseServerUser()
    const home = await mkdtemp(join(tmpdir(), 'howdah-ini-'))
    onTestFinished(() => rm(home, { recursive: true, force: true }))
    const inis = await randomInis(local, 60, number => `${home}/${number}`)
    for (const [number, ini] of inis.entries()) {
      const folder = join(home, String(number))
      await mkdir(join(folder, '1'), { recursive: true })
      await writeFile(join(folder, 'userlist.txt'), '')
      await writeFile(join(folder, 'ini'), ini)
      await giveTo(user, folder)
    }
    await giveTo(user, home)
    for (const [number, ini] of inis.entries())
      expect(await started(pgbouncer ?? '', join(home, String(number), 'ini'), runAs(user)), ini).toEqual({
        up: true,
        complaints: [],
      })
  },
)

/** Starts one, reads what it says until it is up or gone, and ends it. */
function started(program: string, ini: string, as: object): Promise<{ up: boolean; complaints: string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [ini], { ...as, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', chunk => {
      said += chunk
      if (said.includes('process up')) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => {
      const complaints = said.split('\n').filter(line => /\b(ERROR|FATAL|WARNING)\b/.test(line))
      resolve({ up: said.includes('process up'), complaints })
    })
  })
}

test.skipIf(!poolerImage)(`every ini rendered for the image's PgBouncer starts it ${IMAGE}`, async () => {
  const home = await mkdtemp(join(tmpdir(), 'howdah-ini-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const inis = await randomInis(IMAGE_VERSION, 100, number => `/tmp/${number}`)
  for (const [number, ini] of inis.entries()) await writeFile(join(home, String(number)), ini)
  execFileSync('chmod', ['-R', 'a+rX', home])
  const script = `for ini in /inis/*; do d=/tmp/\${ini##*/}; mkdir -p $d/1; : >$d/userlist.txt
    : >/tmp/said; pgbouncer $ini >>/tmp/said 2>&1 & p=$!
    for i in $(seq 200); do grep -q 'process up' /tmp/said && break; kill -0 $p 2>/dev/null || break; sleep 0.01; done
    if grep -q 'process up' /tmp/said && ! grep -E 'ERROR|FATAL|WARNING' /tmp/said; then echo up; else echo "$ini: $(cat /tmp/said)"; fi
    kill -9 $p 2>/dev/null; wait $p 2>/dev/null; done; true`
  const said = execFileSync(
    'docker',
    [
      'run',
      '--rm',
      '--network',
      'host',
      '--volume',
      `${home}:/inis:ro`,
      '--entrypoint',
      'bash',
      poolerImage ?? '',
      '-c',
      script,
    ],
    { encoding: 'utf8' },
  )
  expect(said.trim().split('\n')).toEqual(inis.map(() => 'up'))
})
