import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import structs, { type JavaScriptValue, type Struct } from 'google-protobuf/google/protobuf/struct_pb.js'
import { withoutUndefined } from './pulumi-values.ts'

/** Answers a call; what is thrown becomes an error of gRPC, which Pulumi reports as it does those of its own parts. */
export const unary =
  <Request, Response>(answer: (request: Request) => Response | Promise<Response>) =>
  async (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    try {
      callback(null, await answer(call.request))
    } catch (error) {
      callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : `${error}` })
    }
  }

export const struct = (value: unknown): Struct =>
  structs.Struct.fromJavaScript(withoutUndefined(value) as { [key: string]: JavaScriptValue })
