import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type ServerWritableStream, status } from '@grpc/grpc-js'
import type { RunPluginRequest, RunPluginResponse } from '@pulumi/pulumi/proto/language_pb.js'
import messages from '@pulumi/pulumi/proto/language_pb.js'
import { ROOT } from './pulumi-run-program.ts'

/**
 * What a language host does with a policy pack: starts run-policy-pack of the SDK in the pack's folder, with the address of the
 * engine, and passes on what it prints, of which the first line is the port it listens on.
 */
export async function runPlugin(call: ServerWritableStream<RunPluginRequest, RunPluginResponse>) {
  const { request } = call
  if (request.getKind() !== 'analyzer') {
    call.emit('error', { code: status.UNIMPLEMENTED, details: `no plugins of kind ${request.getKind()}` })
    return
  }
  const folder = request.getInfo()?.getProgramDirectory() || request.getProgram()
  const runner = join(ROOT, 'node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js')
  const child = spawn(process.execPath, [runner, ...request.getArgsList(), '.'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...Object.fromEntries(request.getEnvList().map(assignment)) },
  })
  const pass = (fill: (response: RunPluginResponse, chunk: Buffer) => unknown) => (chunk: Buffer) => {
    const response = new messages.RunPluginResponse()
    fill(response, chunk)
    call.write(response)
  }
  child.stdout.on(
    'data',
    pass((response, chunk) => response.setStdout(chunk)),
  )
  child.stderr.on(
    'data',
    pass((response, chunk) => response.setStderr(chunk)),
  )
  call.on('cancelled', () => child.kill())
  const [exitCode] = await once(child, 'close')
  const response = new messages.RunPluginResponse()
  response.setExitcode(exitCode ?? 0)
  call.end(response)
}

function assignment(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}
