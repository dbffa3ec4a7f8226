import { readFile } from 'node:fs/promises'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import pluginMessages from '@pulumi/pulumi/proto/plugin_pb.js'
import * as services from '@pulumi/pulumi/proto/provider_grpc_pb.js'
import type {
  CheckRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  InvokeRequest,
  ReadRequest,
  UpdateRequest,
} from '@pulumi/pulumi/proto/provider_pb.js'
import messages from '@pulumi/pulumi/proto/provider_pb.js'
import emptyMessages from 'google-protobuf/google/protobuf/empty_pb.js'
import type { Struct } from 'google-protobuf/google/protobuf/struct_pb.js'
import { differenceOf } from './pulumi-changes.ts'
import { digits, type Inputs, REGION } from './pulumi-facts.ts'
import { answerOf } from './pulumi-invokes.ts'
import { checkedInputs, created, modelOf, previewed, problemsOf } from './pulumi-model.ts'
import { struct, unary } from './pulumi-protocol.ts'
import { unwrap } from './pulumi-values.ts'

export interface ProviderCall {
  readonly operation: 'create' | 'update' | 'delete' | 'read'
  readonly urn: string
  readonly id: string
}

/** A provider for every package of the model, without a cloud behind it: what the engine asks to be done is written down. */
export interface StubProvider extends AsyncDisposable {
  /** By the name of the package: `aws:41231,postgresql:41232`, what PULUMI_DEBUG_PROVIDERS takes. */
  readonly addresses: string
  /** What was really done, in its order; previews are not in it. */
  readonly calls: ProviderCall[]
  /** Inputs that somebody changed at AWS itself, by URN, for the next refresh to find; `gone`: it was deleted there. */
  readonly drift: Map<string, Inputs | 'gone'>
}

const PACKAGES = ['aws', 'postgresql', 'random']

export async function startStubProvider(): Promise<StubProvider> {
  const calls: ProviderCall[] = []
  const drift: StubProvider['drift'] = new Map()
  const servers = await Promise.all(
    PACKAGES.map(async name => {
      const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 })
      server.addService(services.ResourceProviderService, providerOf(await versionOf(name), calls, drift))
      const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
          error ? reject(error) : resolve(bound),
        ),
      )
      return { server, address: `${name}:${port}` }
    }),
  )
  return {
    addresses: servers.map(({ address }) => address).join(','),
    calls,
    drift,
    [Symbol.asyncDispose]: async () => {
      for (const { server } of servers) server.forceShutdown()
    },
  }
}

/** The engine compares it with what the SDK asks for. */
async function versionOf(name: string): Promise<string> {
  const path = new URL(`../../node_modules/@pulumi/${name}/package.json`, import.meta.url)
  return JSON.parse(await readFile(path, 'utf8')).version
}

const plain = (properties: Struct | undefined) => unwrap(properties?.toJavaScript() ?? {}).value as Inputs
const typeOf = (urn: string) => urn.split('::')[2]?.split('$').at(-1) ?? ''
const nameOf = (urn: string) => urn.split('::').slice(3).join('::')
/** Where the bridge of Pulumi keeps the names of inputs that it filled in itself. */
const DEFAULTS = '__defaults'

function providerOf(version: string, calls: ProviderCall[], drift: StubProvider['drift']) {
  const generations = new Map<string, number>()
  let region = REGION

  const check = (request: CheckRequest) => {
    const urn = request.getUrn()
    const [type, news, olds] = [typeOf(urn), plain(request.getNews()), plain(request.getOlds())]
    const response = new messages.CheckResponse()
    response.setFailuresList(
      problemsOf(type, nameOf(urn), news).map(reason => {
        const failure = new messages.CheckFailure()
        failure.setReason(reason)
        return failure
      }),
    )
    const checked = { ...checkedInputs(type, urn, news) }
    const filledIn = Object.keys(checked).filter(key => !(key in news))
    // A name once given stays; a replacement is checked without the old inputs, and gets another.
    const seed = request.getRandomseed_asB64()
    for (const key of filledIn) checked[key] = olds[key] ?? `${nameOf(urn)}-${digits(urn + seed, 7)}`
    if (filledIn.length > 0) checked[DEFAULTS] = filledIn
    response.setInputs(struct(rewrapped(request.getNews(), checked)))
    return response
  }

  const diff = (request: DiffRequest) => {
    const type = typeOf(request.getUrn())
    const [state, news] = [plain(request.getOlds()), plain(request.getNews())]
    // Where a resource without a region of its own is, its state knows.
    const olds = { ...plain(request.getOldInputs()), ...(news.region ? { region: state.region } : {}) }
    const { changed, replacing } = differenceOf(type, olds, news)
    const response = new messages.DiffResponse()
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges
    response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    response.setDiffsList([...changed])
    response.setReplacesList([...replacing])
    response.setHasdetaileddiff(true)
    for (const key of changed) {
      const property = new messages.PropertyDiff()
      property.setKind(kindOf(key in olds, key in news, replacing.includes(key)))
      property.setInputdiff(true)
      response.getDetaileddiffMap().set(key, property)
    }
    response.setDeletebeforereplace(replacing.length > 0 && nameIsTaken(type, olds, news))
    return response
  }

  const create = (request: CreateRequest) => {
    const urn = request.getUrn()
    const [type, inputs] = [typeOf(urn), plain(request.getProperties())]
    const response = new messages.CreateResponse()
    if (request.getPreview()) {
      const wire = request.getProperties()?.toJavaScript() ?? {}
      response.setProperties(struct(withoutDefaults({ ...previewed(type, inputs), ...wire })))
      return response
    }
    const generation = generations.get(urn) ?? 0
    generations.set(urn, generation + 1)
    const { id, outputs } = created(type, urn, inputs, region, generation)
    calls.push({ operation: 'create', urn, id })
    response.setId(id)
    response.setProperties(struct(withoutDefaults(outputs)))
    return response
  }

  const update = (request: UpdateRequest) => {
    const urn = request.getUrn()
    const [olds, news] = [plain(request.getOlds()), plain(request.getNews())]
    if (!request.getPreview()) calls.push({ operation: 'update', urn, id: request.getId() })
    const response = new messages.UpdateResponse()
    const wire = request.getPreview() ? (request.getNews()?.toJavaScript() ?? {}) : news
    response.setProperties(struct(withoutDefaults({ ...olds, ...wire })))
    return response
  }

  const read = (request: ReadRequest) => {
    const urn = request.getUrn()
    const id = request.getId()
    calls.push({ operation: 'read', urn, id })
    const response = new messages.ReadResponse()
    const found = drift.get(urn)
    if (found === 'gone') return response
    const [inputs, state] = [plain(request.getInputs()), plain(request.getProperties())]
    const known = Object.keys(state).length > 0 ? state : created(typeOf(urn), urn, inputs, region).outputs
    response.setId(id)
    response.setInputs(struct({ ...inputs, ...found }))
    response.setProperties(struct({ ...known, ...found }))
    return response
  }

  const remove = (request: DeleteRequest) => {
    calls.push({ operation: 'delete', urn: request.getUrn(), id: request.getId() })
    return new emptyMessages.Empty()
  }

  const invoke = (request: InvokeRequest) => {
    const answer = answerOf(request.getTok(), plain(request.getArgs()), region)
    if (!answer) throw new Error(`no installed provider has the function ${request.getTok()}`)
    const response = new messages.InvokeResponse()
    response.setReturn(struct(answer))
    return response
  }

  const configure = (request: InstanceType<typeof messages.ConfigureRequest>) => {
    region = request.getVariablesMap().get('aws:config:region') ?? region
    const response = new messages.ConfigureResponse()
    response.setSupportspreview(true)
    return response
  }

  const empty = () => new emptyMessages.Empty()
  return {
    handshake: unary(() => new messages.ProviderHandshakeResponse()),
    attach: unary(empty),
    cancel: unary(empty),
    getPluginInfo: unary(() => {
      const info = new pluginMessages.PluginInfo()
      info.setVersion(version)
      return info
    }),
    getSchema: unary(() => new messages.GetSchemaResponse()),
    checkConfig: unary((request: CheckRequest) => {
      const response = new messages.CheckResponse()
      response.setInputs(request.getNews())
      return response
    }),
    diffConfig: unary(() => {
      const response = new messages.DiffResponse()
      response.setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE)
      return response
    }),
    configure: unary(configure),
    check: unary(check),
    diff: unary(diff),
    create: unary(create),
    update: unary(update),
    read: unary(read),
    delete: unary(remove),
    invoke: unary(invoke),
  }
}

/** A name that stays the same cannot be had twice at AWS, so that the old resource has to go first. */
function nameIsTaken(type: string, olds: Inputs, news: Inputs): boolean {
  const key = modelOf(type)?.name
  if (key === undefined || news[key] === undefined) return false
  const filledIn = Array.isArray(news[DEFAULTS]) && news[DEFAULTS].includes(key)
  return !filledIn && olds[key] === news[key]
}

const withoutDefaults = (outputs: Inputs) =>
  Object.fromEntries(Object.entries(outputs).filter(([key]) => key !== DEFAULTS))

/** The wire's own values where there are any: unknowns stay unknown. */
const rewrapped = (news: Struct | undefined, checked: Inputs) => ({ ...checked, ...news?.toJavaScript() })

function kindOf(before: boolean, after: boolean, replaces: boolean) {
  const { Kind } = messages.PropertyDiff
  if (!before) return replaces ? Kind.ADD_REPLACE : Kind.ADD
  if (!after) return replaces ? Kind.DELETE_REPLACE : Kind.DELETE
  return replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE
}
