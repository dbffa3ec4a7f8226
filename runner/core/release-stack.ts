import { HowdahError, messageOf } from './errors.ts'

/**
 * What has to be undone, undone in reverse order. Every release runs even when one before it failed.
 * `use` is the normal form: the body's error wins, failed releases are attached to it.
 */
export class ReleaseStack {
  readonly #entries: { readonly what: string; readonly release: () => unknown }[] = []

  /** Registers a release; `what` names it in a message, as in "stopping the replica". */
  push(what: string, release: () => unknown): void {
    this.#entries.push({ what, release })
  }

  /** Runs and forgets every release, last first. Returns the problems, none thrown. */
  async releaseAll(): Promise<string[]> {
    const problems: string[] = []
    for (let entry = this.#entries.pop(); entry; entry = this.#entries.pop()) {
      try {
        await entry.release()
      } catch (error) {
        problems.push(`${entry.what}: ${messageOf(error)}`)
      }
    }
    return problems
  }
}

/** Runs `body` with a fresh stack and releases everything afterwards, whatever happened. */
export async function withReleases<T>(body: (releases: ReleaseStack) => Promise<T>): Promise<T> {
  const releases = new ReleaseStack()
  let outcome: { readonly value: T } | { readonly error: unknown }
  try {
    outcome = { value: await body(releases) }
  } catch (error) {
    outcome = { error }
  }
  const problems = await releases.releaseAll()
  if ('error' in outcome) {
    if (outcome.error instanceof HowdahError) {
      for (const problem of problems) outcome.error.attachCleanup(problem)
    }
    throw outcome.error
  }
  if (problems.length > 0) throw new HowdahError('cleanup-failed', { problems })
  return outcome.value
}
