import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HowdahError } from '../core/errors.ts'
import { step } from '../core/progress.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Nudge } from '../embedded/leftovers.ts'
import { choosePort, LOOPBACK } from '../embedded/ports.ts'
import { giveTo, type ServerUser } from '../embedded/server-user.ts'
import { findProgram } from './find-program.ts'
import type { PlatformPart, Surroundings } from './parts.ts'
import type { PlatformOptions } from './platform-options.ts'
import { pagesOf, prometheusConfig, type Watched } from './prometheus-config.ts'
import { type ProgramOptions, startProgram } from './start-program.ts'

/** What comes with the package: the rules, and whom Alertmanager would tell. */
const MONITORING = join(import.meta.dirname, '../../monitoring')

/** Both write down what they have on SIGTERM; Prometheus takes a moment for it. */
export const OBSERVABILITY_NUDGES: readonly Nudge[] = [
  { signal: 'SIGTERM', patienceMs: 15_000 },
  { signal: 'SIGKILL', patienceMs: 5000 },
]

/** Two days and 512 MB, whichever comes first: a look at this machine, not a record. */
const RETENTION = ['--storage.tsdb.retention.time=2d', '--storage.tsdb.retention.size=512MB']

/**
 * Adds Prometheus, which scrapes what the platform measures and evaluates our rules, and Alertmanager where there is one.
 * @returns the parts, and what a person should know
 * @throws HowdahError prometheus-missing, server-start-failed
 */
export async function addObservability(
  options: PlatformOptions,
  around: Surroundings,
  measured: readonly PlatformPart[],
): Promise<{ readonly parts: readonly PlatformPart[]; readonly notes: readonly string[] }> {
  const { path, runtime } = options
  const program = await findProgram(['prometheus'], path)
  if (!program) throw new HowdahError('prometheus-missing', {})
  // Debian's package gives it the longer name.
  const sender = await findProgram(['alertmanager', 'prometheus-alertmanager'], path)
  const alertmanager = sender && (await addAlertmanager(sender, around, runtime))
  const prometheus = await addPrometheus(program, around, runtime, {
    pages: pagesOf(measured),
    alertmanager: alertmanager && new URL(String(alertmanager.url)).host,
  })
  if (alertmanager) return { parts: [prometheus, alertmanager], notes: [] }
  return {
    parts: [prometheus],
    notes: ['Alertmanager is not on the path: alerts are at Prometheus, and sent nowhere.'],
  }
}

function addPrometheus(
  program: string,
  around: Surroundings,
  runtime: Runtime,
  watched: Watched,
): Promise<PlatformPart> {
  const { user } = around.primary.options
  const prepare = async (directory: string) => {
    const config = prometheusConfig(watched)
    await replace(user, join(directory, 'prometheus.yml'), file => writeFile(file, config))
    const rules = join(MONITORING, 'rules/howdah.yaml')
    await replace(user, join(directory, 'rules.yaml'), file => copyFile(rules, file))
  }
  // What is sent before Prometheus has found Alertmanager is lost, and would be sent again after a minute only.
  const again = '--rules.alert.resend-delay=5s'
  const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', ...RETENTION, again]
  return addProgram({ name: 'prometheus', title: 'Prometheus', program, args, prepare }, around, runtime)
}

function addAlertmanager(program: string, around: Surroundings, runtime: Runtime): Promise<PlatformPart> {
  const { user } = around.primary.options
  const prepare = (directory: string) => {
    const config = join(MONITORING, 'alertmanager.yml')
    return replace(user, join(directory, 'alertmanager.yml'), file => copyFile(config, file))
  }
  // One alone has nobody to gossip with, and would listen on every interface for it.
  const args = ['--config.file=alertmanager.yml', '--storage.path=data', '--cluster.listen-address=']
  return addProgram({ name: 'alertmanager', title: 'Alertmanager', program, args, prepare }, around, runtime)
}

type Program = Pick<ProgramOptions, 'title' | 'program' | 'args' | 'prepare'> & {
  readonly name: 'prometheus' | 'alertmanager'
}

async function addProgram(
  { args, ...program }: Program,
  { home, state, primary, releases }: Surroundings,
  runtime: Runtime,
): Promise<PlatformPart> {
  const { name, title } = program
  const previous = state.ports[name]
  const port = await choosePort({ asked: 0, previous, what: title, setting: '--observability' })
  const url = `http://${LOOPBACK}:${port}`
  const options: ProgramOptions = {
    ...program,
    args: [...args, `--web.listen-address=${LOOPBACK}:${port}`],
    place: home.place,
    user: primary.options.user,
    port,
    nudges: OBSERVABILITY_NUDGES,
    budgetMs: 30_000,
    answers: () => isReady(url),
  }
  const server = await step(
    runtime.progress,
    title,
    () => startProgram(options, runtime),
    () => `port ${port}`,
  )
  releases.push(`stopping ${title}`, server.stop)
  return { name, title, url, server }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
  return response?.ok ?? false
}

/** Writes a file that the server's account can read, in place of the one of the last run. */
async function replace(
  user: ServerUser | undefined,
  file: string,
  write: (file: string) => Promise<void>,
): Promise<void> {
  await rm(file, { force: true })
  await write(file)
  await giveTo(user, file)
}
