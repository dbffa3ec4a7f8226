// What `npm start` and `npm test` run first: installs what is missing and generates the Prisma clients.
// Plain JavaScript without dependencies, because it runs before there are any, on whatever Node the machine has.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'node_modules', '.howdah-install.json')

const digest = file => (existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : '')

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

function run(command, args, why, env = {}) {
  process.stderr.write(`howdah: ${why}\n`)
  // Both streams of the child go to stderr: stdout belongs to the report of the command that comes after.
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  })
  if (result.status === 0) return
  process.stderr.write(
    `howdah: \`${command} ${args.join(' ')}\` failed${result.error ? `: ${result.error.message}` : ''}\n`,
  )
  process.exit(result.status ?? 1)
}

function databases() {
  const folder = join(root, 'prisma')
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(join(folder, entry.name, 'schema.prisma')))
    .map(entry => entry.name)
}

function install(stamp) {
  const lock = digest(join(root, 'package-lock.json'))
  if (stamp.lock === lock && existsSync(join(root, 'node_modules', '.package-lock.json'))) return lock
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'installing packages (once)')
  return lock
}

function generate(stamp, force) {
  const generated = {}
  for (const name of databases()) {
    const schema = join('prisma', name, 'schema.prisma')
    const want = digest(join(root, schema))
    generated[name] = want
    if (!force && stamp.generated?.[name] === want && existsSync(join(root, 'prisma', name, 'client')))
      continue
    // `generate` checks that a schema engine exists and would download one; it never runs it. Any executable will do.
    run(
      'node',
      [join('node_modules', 'prisma', 'build', 'index.js'), 'generate', '--schema', schema],
      `generating the Prisma client of ${name}`,
      {
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    )
  }
  return generated
}

const stamp = readStamp()
const lock = install(stamp)
const generated = generate(lock === stamp.lock ? stamp : {}, process.argv.includes('--generate'))
if (lock !== stamp.lock || JSON.stringify(generated) !== JSON.stringify(stamp.generated)) {
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, JSON.stringify({ lock, generated }))
}
