/**
 * Values as the Pulumi SDK sends them (secrets, unknowns, references to resources, assets), and as a test reads them.
 * The signatures are those of the SDK's runtime/rpc.js and of the engine's sdk/go/common/resource/properties.go.
 */
const SIGNATURE = '4dabf18193072939515e22adb298388d'
const SECRET = '1b47061264138c4ac30d75fd1eb44270'
const REFERENCE = '5cf8f73096256a8f31e491e813e4eb8e'
const OUTPUT_VALUE = 'd0e6a833031e9bbcd3f4e8bde6ca49a4'
const UNKNOWN_ON_THE_WIRE = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'

/** Stands where a value is known only after the deployment. */
export const UNKNOWN = '<unknown>'

export interface Unwrapped {
  readonly value: unknown
  /** `password`, `environment[0].value`: where a secret was. The root of a value is ``. */
  readonly secretPaths: readonly string[]
  readonly unknownPaths: readonly string[]
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A wire value with its wrappers taken off, and where they were. */
export function unwrap(wire: unknown): Unwrapped {
  const secretPaths: string[] = []
  const unknownPaths: string[] = []
  const visit = (value: unknown, path: string): unknown => {
    if (value === UNKNOWN_ON_THE_WIRE) {
      unknownPaths.push(path)
      return UNKNOWN
    }
    if (Array.isArray(value)) return value.map((item, index) => visit(item, `${path}[${index}]`))
    if (!isObject(value)) return value
    const signature = value[SIGNATURE]
    if (signature === SECRET || (signature === OUTPUT_VALUE && value.secret)) secretPaths.push(path)
    if (signature === SECRET) return visit(value.value, path)
    if (signature === OUTPUT_VALUE) return visit('value' in value ? value.value : UNKNOWN_ON_THE_WIRE, path)
    if (signature === REFERENCE) return { urn: value.urn, id: visit(value.id ?? null, `${path}.id`) }
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== SIGNATURE)
        .map(([key, item]) => [key, visit(item, path === '' ? key : `${path}.${key}`)]),
    )
  }
  return { value: visit(wire, ''), secretPaths: secretPaths.sort(), unknownPaths: unknownPaths.sort() }
}

export const secret = (value: unknown) => ({ [SIGNATURE]: SECRET, value })

export const unknown = () => UNKNOWN_ON_THE_WIRE

/** Whether a wire value is a secret, or has one somewhere in it. */
export const hasSecret = (wire: unknown): boolean => unwrap(wire).secretPaths.length > 0

/** Without what is `undefined`, which Struct of protobuf cannot hold. */
export function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withoutUndefined(item)]),
  )
}
