import { Server, ServerCredentials } from '@grpc/grpc-js'
import * as services from '@pulumi/pulumi/proto/language_grpc_pb.js'
import type { RunRequest } from '@pulumi/pulumi/proto/language_pb.js'
import messages from '@pulumi/pulumi/proto/language_pb.js'
import pluginMessages from '@pulumi/pulumi/proto/plugin_pb.js'
import emptyMessages from 'google-protobuf/google/protobuf/empty_pb.js'
import { runPlugin } from './pulumi-policy-host.ts'
import { unary } from './pulumi-protocol.ts'
import { runProgram } from './pulumi-run-program.ts'

/**
 * `pulumi-language-nodejs` for tests, where the one of Pulumi cannot be built: its module has no tags, and the Go module proxy
 * gives no list of its versions. It starts the program just as that one does and asks for no plugins, since a test brings its
 * own providers. Started by the engine, which reads the port from the first line of the output.
 */

/** What the SDK's runner ends with once it has told the person what is wrong. */
const ALREADY_REPORTED = 32

const engine = process.argv.slice(2).findLast(argument => !argument.startsWith('-')) ?? ''

async function run(request: RunRequest) {
  const info = request.getInfo()
  const config = Object.fromEntries(request.getConfigMap().getEntryList())
  const { exitCode } = await runProgram(
    {
      project: request.getProject(),
      stack: request.getStack(),
      organization: request.getOrganization(),
      root: info?.getRootDirectory() ?? request.getPwd(),
      folder: request.getPwd(),
      program: info?.getEntryPoint() || request.getProgram() || '.',
      monitor: request.getMonitorAddress(),
      engine,
      dryRun: request.getDryrun(),
      parallel: request.getParallel(),
      config,
      secretKeys: request.getConfigsecretkeysList(),
      options: info?.getOptions()?.toJavaScript() ?? {},
    },
    chunk => process.stdout.write(chunk),
  )
  const response = new messages.RunResponse()
  if (exitCode === ALREADY_REPORTED) response.setBail(true)
  else if (exitCode !== 0) response.setError(`the program ended with exit code ${exitCode}`)
  return response
}

const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 })
server.addService(services.LanguageRuntimeService, {
  handshake: unary(() => new messages.LanguageHandshakeResponse()),
  getPluginInfo: unary(() => {
    const info = new pluginMessages.PluginInfo()
    info.setVersion('0.0.1')
    return info
  }),
  getRequiredPlugins: unary(() => new messages.GetRequiredPluginsResponse()),
  getRequiredPackages: unary(() => new messages.GetRequiredPackagesResponse()),
  run: unary(run),
  runPlugin,
  about: unary(() => {
    const about = new messages.AboutResponse()
    about.setExecutable(process.execPath)
    about.setVersion(process.version)
    return about
  }),
  runtimeOptionsPrompts: unary(() => new messages.RuntimeOptionsResponse()),
  cancel: unary(() => new emptyMessages.Empty()),
})
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error
  process.stdout.write(`${port}\n`)
})
