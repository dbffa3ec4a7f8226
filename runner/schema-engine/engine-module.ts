import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

type EngineModule = typeof import('@prisma/schema-engine-wasm/schema_engine_bg')

/** The engine's module and its state of health: after a panic no method of it is safe. */
export interface LoadedEngine {
  module: EngineModule
  health: EngineHealth
}

export interface EngineHealth {
  panicked: boolean
  /** Rejects when the engine panics, and never resolves. */
  panic: Promise<never>
}

// TypeScript declares this global only in its browser library.
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>
}

let loading: Promise<LoadedEngine> | undefined

/** Loads Prisma's schema engine once per process. */
export function loadEngine(): Promise<LoadedEngine> {
  loading ??= instantiate()
  return loading
}

// The package's own entry imports the `.wasm` file as a module, which Node does not do by itself.
async function instantiate(): Promise<LoadedEngine> {
  const health = listenForPanic()
  const module = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const entry = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bytes = await readFile(fileURLToPath(new URL('schema_engine_bg.wasm', entry)))
  const imports = { './schema_engine_bg.js': { ...module } }
  const { exports } = (await WebAssembly.instantiate(bytes, imports)).instance
  module.__wbg_set_wasm(exports)
  if (typeof exports.__wbindgen_start === 'function') exports.__wbindgen_start()
  return { module, health }
}

// A panic in an asynchronous method is thrown inside a promise job of the WASM glue: the method's own promise never
// settles, so whoever waits for it must also wait for this one.
function listenForPanic(): EngineHealth {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  const health = { panicked: false, panic: promise }
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => {
        health.panicked = true
        reject(new Error(`the schema engine panicked: ${message}`))
      },
    },
  })
  return health
}
