import { Server, ServerCredentials } from '@grpc/grpc-js'
import * as engineServices from '@pulumi/pulumi/proto/engine_grpc_pb.js'
import type { LogRequest, SetRootResourceRequest } from '@pulumi/pulumi/proto/engine_pb.js'
import engineMessages from '@pulumi/pulumi/proto/engine_pb.js'
import providerMessages from '@pulumi/pulumi/proto/provider_pb.js'
import * as resourceServices from '@pulumi/pulumi/proto/resource_grpc_pb.js'
import type {
  ReadResourceRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceInvokeRequest,
} from '@pulumi/pulumi/proto/resource_pb.js'
import messages from '@pulumi/pulumi/proto/resource_pb.js'
import emptyMessages from 'google-protobuf/google/protobuf/empty_pb.js'
import { REGION } from './pulumi-facts.ts'
import { answerOf } from './pulumi-invokes.ts'
import { checkedInputs, created, previewed, problemsOf } from './pulumi-model.ts'
import { struct, unary } from './pulumi-protocol.ts'
import { type Registration, readRegistration, STACK_TYPE } from './pulumi-registration.ts'
import { hasSecret, secret, unwrap } from './pulumi-values.ts'

export interface EngineSettings {
  readonly project: string
  readonly stack: string
  readonly dryRun: boolean
  readonly region?: string
}

export interface Logged {
  readonly severity: 'debug' | 'info' | 'warning' | 'error'
  readonly message: string
}

/** What the engine of Pulumi hears of a program, without a state and without a provider: the model answers. */
export interface MiniEngine extends AsyncDisposable {
  readonly address: string
  readonly registrations: Registration[]
  readonly reads: { readonly type: string; readonly name: string; readonly id: string }[]
  readonly invokes: { readonly token: string; readonly args: unknown }[]
  readonly logs: Logged[]
  /** What a real engine or provider would have refused. */
  readonly problems: string[]
  /** The stack itself, whose outputs are the program's. */
  readonly root: () => Registration | undefined
}

const { ResourceMonitorFeature: FEATURE } = messages
const FEATURES = [
  FEATURE.RESOURCE_MONITOR_FEATURE_SECRETS,
  FEATURE.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  FEATURE.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
  FEATURE.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  FEATURE.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  FEATURE.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
]
const SEVERITIES = ['debug', 'info', 'warning', 'error'] as const

export async function startMiniEngine(settings: EngineSettings): Promise<MiniEngine> {
  const heard: Heard = { registrations: [], reads: [], invokes: [], logs: [], problems: [], byUrn: new Map() }
  const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 })
  server.addService(resourceServices.ResourceMonitorService, monitorOf(settings, heard))
  server.addService(engineServices.EngineService, engineOf(heard))
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  return {
    address: `127.0.0.1:${port}`,
    ...heard,
    root: () => [...heard.byUrn.values()].find(({ type }) => type === STACK_TYPE),
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  }
}

type Heard = Omit<MiniEngine, 'address' | 'root' | typeof Symbol.asyncDispose> & {
  readonly byUrn: Map<string, Registration>
}

function monitorOf({ project, stack, dryRun, region = REGION }: EngineSettings, heard: Heard) {
  const empty = () => new emptyMessages.Empty()
  const { byUrn } = heard

  const urnOf = (type: string, name: string, parent: string) => {
    const above = parent === '' ? '' : (parent.split('::')[2] ?? '')
    const chain = above === '' || above === STACK_TYPE ? type : `${above}$${type}`
    return `urn:pulumi:${stack}::${project}::${chain}::${name}`
  }

  /** A resource without a `region` of its own is in that of its provider. */
  const regionOf = (registration: Registration) => {
    const provider = byUrn.get(registration.provider?.replace(/::[^:]*$/, '') ?? '')
    return typeof provider?.inputs.region === 'string' ? provider.inputs.region : region
  }

  const register = (request: RegisterResourceRequest) => {
    const urn = urnOf(request.getType(), request.getName(), request.getParent())
    const registration = readRegistration(request, urn)
    if (byUrn.has(urn)) heard.problems.push(`${registration.name}: registered twice as ${urn}`)
    byUrn.set(urn, registration)
    if (registration.type !== STACK_TYPE) heard.registrations.push(registration)
    const response = new messages.RegisterResourceResponse()
    response.setUrn(urn)
    const wire = request.getObject()?.toJavaScript() ?? {}
    if (!registration.custom) {
      response.setObject(struct(wire))
      return response
    }
    heard.problems.push(...problemsOf(registration.type, registration.name, registration.inputs))
    const inputs = checkedInputs(registration.type, urn, registration.inputs)
    const result = created(registration.type, urn, inputs, regionOf(registration))
    const plain = dryRun ? previewed(registration.type, { ...inputs, ...wire }) : result.outputs
    const answer = withSecrets(plain, wire, registration.additionalSecretOutputs)
    const seen = unwrap(answer)
    registration.id = dryRun ? undefined : (registration.importId ?? result.id)
    registration.outputs = seen.value as Record<string, unknown>
    registration.secretOutputPaths = seen.secretPaths
    response.setId(registration.id ?? '')
    response.setObject(struct(answer))
    return response
  }

  const registerOutputs = (request: RegisterResourceOutputsRequest) => {
    const registration = byUrn.get(request.getUrn())
    if (!registration) throw new Error(`outputs of ${request.getUrn()}, which was not registered`)
    const { value, secretPaths } = unwrap(request.getOutputs()?.toJavaScript() ?? {})
    registration.outputs = value as Record<string, unknown>
    registration.secretOutputPaths = secretPaths
    return empty()
  }

  const read = (request: ReadResourceRequest) => {
    const [type, name, id] = [request.getType(), request.getName(), request.getId()]
    heard.reads.push({ type, name, id })
    const urn = urnOf(type, name, request.getParent())
    const response = new messages.ReadResourceResponse()
    response.setUrn(urn)
    const state = request.getProperties()?.toJavaScript() ?? {}
    response.setProperties(struct({ ...created(type, urn, state, region).outputs, ...state }))
    return response
  }

  const invoke = (request: ResourceInvokeRequest) => {
    const token = request.getTok()
    const args = unwrap(request.getArgs()?.toJavaScript() ?? {}).value as Record<string, unknown>
    heard.invokes.push({ token, args })
    const answer = answerOf(token, args, region)
    if (!answer) heard.problems.push(`no installed provider has the function ${token}`)
    const response = new messages.ResourceInvokeResponse()
    response.setReturn(struct(answer ?? {}))
    return response
  }

  const features = () => {
    const info = new messages.DeploymentInfo()
    info.setSupportedfeaturesList(FEATURES)
    return info
  }
  const unsupported = (what: string) => () => {
    heard.problems.push(`the program uses ${what}, which the mini-engine does not have`)
    return empty()
  }

  return {
    getDeploymentInfo: unary(features),
    supportsFeature: unary(() => new messages.SupportsFeatureResponse()),
    invoke: unary(invoke),
    call: unary(() => {
      unsupported('methods of remote components')()
      return new providerMessages.CallResponse()
    }),
    readResource: unary(read),
    existsResource: unary(() => new messages.ExistsResourceResponse()),
    registerResource: unary(register),
    registerResourceOutputs: unary(registerOutputs),
    registerStackTransform: unary(unsupported('transforms of the stack')),
    registerStackInvokeTransform: unary(unsupported('transforms of functions')),
    registerResourceHook: unary(unsupported('hooks')),
    registerErrorHook: unary(unsupported('hooks')),
    registerPackage: unary(() => {
      unsupported('parameterized packages')()
      return new messages.RegisterPackageResponse()
    }),
    signalAndWaitForShutdown: unary(empty),
  }
}

/** The engine marks an output as secret where the input of that name was, or where the SDK says so. */
function withSecrets(
  outputs: Readonly<Record<string, unknown>>,
  wire: object,
  additional: readonly string[],
) {
  const secrets = new Set(additional)
  for (const [key, value] of Object.entries(wire)) if (hasSecret(value)) secrets.add(key)
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [
      key,
      secrets.has(key) ? secret(unwrap(value).value) : value,
    ]),
  )
}

function engineOf(heard: Heard) {
  let root = ''
  return {
    log: unary((request: LogRequest) => {
      const severity = SEVERITIES[request.getSeverity()] ?? 'error'
      if (severity !== 'debug') heard.logs.push({ severity, message: request.getMessage() })
      return new emptyMessages.Empty()
    }),
    getRootResource: unary(() => {
      const response = new engineMessages.GetRootResourceResponse()
      response.setUrn(root)
      return response
    }),
    setRootResource: unary((request: SetRootResourceRequest) => {
      root = request.getUrn()
      return new engineMessages.SetRootResourceResponse()
    }),
    startDebugging: unary(() => new emptyMessages.Empty()),
    requirePulumiVersion: unary(() => new engineMessages.RequirePulumiVersionResponse()),
  }
}
