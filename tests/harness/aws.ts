import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { CreateDBInstanceCommand, type CreateDBInstanceCommandInput, RDSClient } from '@aws-sdk/client-rds'
import { onTestFinished, vi } from 'vitest'
import { choosePort } from '../../runner/embedded/ports.ts'
import type { Api } from '../../runner/metrics/rds/rds-metrics.ts'

/** Whether this machine has the emulator of AWS (`moto_server` has no --version). */
export const moto = spawnSync('moto_server', ['--help']).status === 0

export const REGION = 'eu-west-3'
/** Looked for wherever it must not be. */
export const CANARY = {
  accessKeyId: 'AKIACANARYCANARY',
  secretAccessKey: 'canary-secret',
  token: 'canary-token',
}

/** An emulator of AWS's APIs on this machine. */
export interface Emulator extends AsyncDisposable {
  readonly url: string
  /** A DB instance of Postgres with 100 GiB. */
  createInstance(identifier: string, more?: Partial<CreateDBInstanceCommandInput>): Promise<void>
  /** Puts values of metrics, as RDS does, that were measured so many seconds ago. */
  measure(identifier: string, values: Readonly<Record<string, number>>, secondsAgo?: number): Promise<void>
}

export async function startEmulator(): Promise<Emulator> {
  const port = await choosePort({ asked: 0, what: 'an emulator of AWS', setting: 'nothing' })
  const url = `http://127.0.0.1:${port}`
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', `${port}`], { stdio: 'ignore' })
  const exited = once(child, 'close')
  while (!(await fetch(`${url}/moto-api/`).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const options = { region: REGION, endpoint: url, credentials: CANARY }
  const rds = new RDSClient(options)
  const cloudWatch = new CloudWatchClient(options)
  return {
    url,
    createInstance: async (DBInstanceIdentifier, more = {}) => {
      const instance = { DBInstanceClass: 'db.r6g.large', Engine: 'postgres', AllocatedStorage: 100 }
      const login = { MasterUsername: 'postgres', MasterUserPassword: 'unused-password' }
      await rds.send(new CreateDBInstanceCommand({ DBInstanceIdentifier, ...instance, ...login, ...more }))
    },
    measure: async (identifier, values, secondsAgo = 60) => {
      const Dimensions = [{ Name: 'DBInstanceIdentifier', Value: identifier }]
      const Timestamp = new Date(Date.now() - secondsAgo * 1000)
      const MetricData = Object.entries(values).map(([MetricName, Value]) => ({
        MetricName,
        Value,
        Dimensions,
        Timestamp,
      }))
      await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'AWS/RDS', MetricData }))
    },
    [Symbol.asyncDispose]: async () => {
      rds.destroy()
      cloudWatch.destroy()
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Something else than the emulator's answer to one API. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** Stands before the emulator: counts, refuses, and answers what the emulator does not know. */
export interface AwsFront {
  readonly url: string
  /** How many requests there were, by API. */
  readonly requests: Map<string, number>
  /** What is answered to an API from now on; for the next `times` requests, or for good. */
  refuse(api: Api, refusal: Refusal, times?: number): void
  accept(api: Api): void
  /** The pending maintenance actions there are, as XML. */
  maintenance: string
}

export async function startAwsFront(emulator: Emulator): Promise<AwsFront> {
  const refusals = new Map<string, { readonly refusal: Refusal; left: number }>()
  const requests = new Map<string, number>()
  const front = { maintenance: '' }
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const api = apiOf(incoming, body)
    requests.set(api, (requests.get(api) ?? 0) + 1)
    const refused = refusals.get(api)
    if (refused && refused.left > 0) {
      refused.left -= 1
      refuseAs(api, refused.refusal, response)
    } else if (api === 'DescribePendingMaintenanceActions') {
      response.setHeader('content-type', 'text/xml').end(maintenanceAnswer(front.maintenance))
    } else forward(emulator.url, incoming, body, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return Object.assign(front, {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    requests,
    refuse: (api: Api, refusal: Refusal, times = Number.POSITIVE_INFINITY) => {
      refusals.set(api, { refusal, left: times })
    },
    accept: (api: Api) => {
      refusals.delete(api)
    },
  })
}

/** RDS has the API in the body, CloudWatch in a header. */
function apiOf(incoming: IncomingMessage, body: Buffer): string {
  const target = incoming.headers['x-amz-target']
  return (
    (typeof target === 'string' ? target.split('.').at(-1) : undefined) ??
    new URLSearchParams(body.toString()).get('Action') ??
    'unknown'
  )
}

function refuseAs(api: string, { status, code, message }: Refusal, response: ServerResponse): void {
  response.statusCode = status
  if (api === 'GetMetricData') {
    response.setHeader('content-type', 'application/x-amz-json-1.0')
    response.end(JSON.stringify({ __type: code, message }))
  } else {
    response.setHeader('content-type', 'text/xml')
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
    )
  }
}

const maintenanceAnswer = (resources: string) =>
  `<DescribePendingMaintenanceActionsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribePendingMaintenanceActionsResult><PendingMaintenanceActions>${resources}</PendingMaintenanceActions></DescribePendingMaintenanceActionsResult></DescribePendingMaintenanceActionsResponse>`

function forward(to: string, incoming: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const upstream = request(
    `${to}${incoming.url}`,
    { method: incoming.method, headers: incoming.headers },
    answer => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    },
  )
  upstream.on('error', () => response.destroy())
  upstream.end(body)
}

/** What the AWS SDK finds in its environment: this endpoint, the canary's credentials, and no file of this machine. */
export const awsEnvironment = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: CANARY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CANARY.secretAccessKey,
  AWS_SESSION_TOKEN: CANARY.token,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
})

/** The same for this process, until the test ends. */
export function useAws(endpoint: string): void {
  for (const [name, value] of Object.entries(awsEnvironment(endpoint))) vi.stubEnv(name, value)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
}
