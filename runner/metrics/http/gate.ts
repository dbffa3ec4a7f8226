import { Server as TlsServer } from 'node:https'
import { HowdahError, messageOf } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import { CredentialsGuard } from './credentials-guard.ts'
import type { HttpServer } from './http-server.ts'
import { demandsOf, type Protection, type ProtectionSources, readProtection } from './read-protection.ts'

/**
 * How often the files are read, in milliseconds. Read and not watched: what Kubernetes mounts changes by a link that a watch
 * does not see, and reading them all, certificates tried, takes 1.5 ms.
 */
const REREAD_MS = 1000

/** Who may ask, kept up to date with the files that say so. */
export class Gate {
  readonly guard: CredentialsGuard
  readonly #sources: ProtectionSources
  readonly #runtime: Runtime
  readonly #servers: HttpServer[] = []
  readonly #closing = new AbortController()
  #protection: Protection
  #problem: string | undefined
  #rereading: Promise<void> | undefined

  private constructor(sources: ProtectionSources, runtime: Runtime, protection: Protection) {
    this.#sources = sources
    this.#runtime = runtime
    this.#protection = protection
    this.guard = new CredentialsGuard(protection)
  }

  /** @throws HowdahError as `readProtection` does */
  static async open(sources: ProtectionSources, runtime: Runtime): Promise<Gate> {
    const gate = new Gate(sources, runtime, await readProtection(sources, runtime.clock.now()))
    if (sources.tokenFile ?? sources.webConfigFile) gate.#rereading = gate.#reread()
    return gate
  }

  /** For a new server; `keep` it up to date then. */
  get tls() {
    return this.#protection.tls
  }

  keep(server: HttpServer): void {
    this.#servers.push(server)
  }

  /** Says in the log when strangers can reach what they should not. Refused it is not: behind a mesh this is right. */
  warnIfOpen(host: string, url: string): void {
    if (/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)) return
    const { credentials, tls, clientCertificate } = demandsOf(this.#protection)
    const lacking = [...(credentials || clientCertificate ? [] : ['credentials']), ...(tls ? [] : ['TLS'])]
    if (lacking.length === 0) return
    this.#runtime.log.warn(
      'metrics.open',
      `${url} can be reached from other machines without ${lacking.join(' and ')}; see HOWDAH_METRICS_TOKEN and --metrics-web-config`,
      { lacking },
    )
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#rereading
  }

  async #reread(): Promise<void> {
    const { clock } = this.#runtime
    const { signal } = this.#closing
    while (!signal.aborted) {
      await clock.sleep(REREAD_MS, signal).catch(() => undefined)
      if (!signal.aborted) await this.#update()
    }
  }

  /** Takes up what changed. What cannot be used changes nothing: a file may be half written, and a key be there before its certificate. */
  async #update(): Promise<void> {
    const { log, clock } = this.#runtime
    try {
      const next = await readProtection(this.#sources, clock.now())
      if (next.fingerprint === this.#protection.fingerprint) {
        this.#problem = undefined
        return
      }
      refuseOtherDemands(this.#protection, next)
      for (const server of this.#servers)
        if (next.tls && server instanceof TlsServer) server.setSecureContext(next.tls)
      this.guard.replace(next)
      this.#protection = next
      this.#problem = undefined
      log.info('metrics.protection-changed', 'credentials and certificates were read anew')
    } catch (error) {
      const problem = messageOf(error)
      if (problem === this.#problem) return
      this.#problem = problem
      log.warn('metrics.protection-kept', `credentials and certificates stay as they were: ${problem}`, {
        reason: problem,
      })
    }
  }
}

function refuseOtherDemands(now: Protection, next: Protection): void {
  const [before, after] = [demandsOf(now), demandsOf(next)]
  const names = { credentials: 'credentials', tls: 'TLS', clientCertificate: 'client certificates' } as const
  for (const [key, name] of Object.entries(names) as [keyof typeof names, string][])
    if (before[key] !== after[key]) throw new HowdahError('protection-other', { name, wanted: after[key] })
}
