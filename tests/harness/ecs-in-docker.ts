import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { poll } from '../../runner/core/poll.ts'
import type { Container } from './ecs-containers.ts'

const run = promisify(execFile)

async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', [...args])
  return stdout.trim()
}

export const hasDocker = spawnSync('docker', ['version']).status === 0

/** Builds an image from a folder and gives its id. */
export const buildImage = (folder: string) => docker('build', '--quiet', folder)

export interface RunningTask {
  /** Waits until the health check has said either. */
  health(): Promise<string>
  logs(): Promise<string>
  exec(...command: string[]): Promise<string>
  /** SIGTERM, and after the definition's time SIGKILL; the exit code. */
  stop(): Promise<number>
}

/**
 * Runs a container of a task definition as Fargate would: user, read-only root, file systems in memory, capabilities, environment, health check, time to
 * stop. Not its limit of open files, which a machine's own may be below.
 * @param secrets values behind `secrets`, by their names
 */
export async function runAsTask(
  container: Container,
  image: string,
  secrets: Readonly<Record<string, string>>,
): Promise<RunningTask> {
  const { linuxParameters, environment, healthCheck, stopTimeout } = container
  const id = await docker(
    ...['run', '--detach', '--network', 'none', '--user', container.user],
    ...(container.readonlyRootFilesystem ? ['--read-only'] : []),
    ...linuxParameters.capabilities.drop.map(capability => `--cap-drop=${capability}`),
    ...linuxParameters.tmpfs.map(
      ({ containerPath, size, mountOptions }) =>
        `--tmpfs=${containerPath}:${mountOptions.join(',')},size=${size}m`,
    ),
    ...environment.map(({ name, value }) => `--env=${name}=${value}`),
    ...container.secrets.map(({ name }) => `--env=${name}=${secrets[name] ?? ''}`),
    ...(healthCheck === undefined
      ? []
      : [
          `--health-cmd=${healthCheck.command.slice(1).join(' ')}`,
          `--health-interval=1s`,
          `--health-timeout=${healthCheck.timeout}s`,
          `--health-retries=${healthCheck.retries}`,
        ]),
    `--stop-timeout=${stopTimeout}`,
    image,
    ...(container.command ?? []),
  )
  onTestFinished(async () => {
    await docker('rm', '--force', '--volumes', id)
  })
  const inspect = (format: string) => docker('inspect', '--format', format, id)
  return {
    health: async () => {
      const attempt = async () => {
        const state = await inspect('{{.State.Status}}{{if .State.Health}} {{.State.Health.Status}}{{end}}')
        return state === 'running starting' ? undefined : state
      }
      const pace = { clock: systemClock, budgetMs: 30_000, firstPauseMs: 100, maxPauseMs: 500 }
      return (await poll(attempt, pace)) ?? 'still starting'
    },
    logs: async () => {
      const { stdout, stderr } = await run('docker', ['logs', id])
      return stdout + stderr
    },
    exec: async (...command) => docker('exec', id, ...command),
    stop: async () => {
      await docker('stop', id)
      return Number(await inspect('{{.State.ExitCode}}'))
    },
  }
}
