import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a provider's package declares of a resource or a function, read from its .d.ts: the truth of the version installed. */
export interface Declaration {
  readonly inputs: readonly string[]
  readonly required: readonly string[]
  readonly outputs: readonly DeclaredOutput[]
}

export interface DeclaredOutput {
  readonly name: string
  /** TypeScript's text: `string`, `outputs.rds.InstanceMasterUserSecret[]`. */
  readonly type: string
  /** Not `| undefined`: the provider gives a value whether or not the program does. */
  readonly always: boolean
}

const PACKAGES = new URL('../../node_modules/@pulumi/', import.meta.url).pathname
const PROVIDER = /^pulumi:providers:(\w+)$/
const TOKEN = /^(\w+):([\w-]+)\/(\w+):(\w+)$/

const declarations = new Map<string, Declaration | undefined>()

/** `undefined`: no package that we have knows the type. */
export function declarationOf(type: string): Declaration | undefined {
  if (!declarations.has(type)) declarations.set(type, readResource(type))
  return declarations.get(type)
}

/** What `aws:rds/getOrderableDbInstance:getOrderableDbInstance` gives back. */
export function resultOf(token: string): readonly DeclaredOutput[] | undefined {
  const [, pack = '', module = '', file = '', name = ''] = TOKEN.exec(token) ?? []
  const text = readDeclarations(pack, module, file)
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Result`
  return text === undefined ? undefined : members(text, `interface ${type}`).map(asOutput)
}

function readResource(type: string): Declaration | undefined {
  const provider = PROVIDER.exec(type)?.[1]
  const [, pack = '', module = '', file = '', name = ''] = provider
    ? ['', provider, 'index', 'provider', 'Provider']
    : (TOKEN.exec(type) ?? [])
  const text = readDeclarations(pack, module, file)
  if (text === undefined || !text.includes(`class ${name} `)) return undefined
  const inputs = members(text, `interface ${name}Args`)
  return {
    inputs: inputs.map(({ name }) => name),
    required: inputs.filter(({ optional }) => !optional).map(({ name }) => name),
    outputs: members(text, `class ${name} `)
      .filter(({ type }) => type.startsWith('pulumi.Output<'))
      .map(asOutput),
  }
}

function readDeclarations(pack: string, module: string, file: string): string | undefined {
  const path = join(PACKAGES, pack, module === 'index' ? '' : module, `${file}.d.ts`)
  if (pack === '' || !existsSync(path)) return undefined
  return readFileSync(path, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\n/gm, '')
}

interface Member {
  readonly name: string
  readonly optional: boolean
  readonly type: string
}

/** Properties of a class or an interface: generated code, four spaces deep, each up to the semicolon at that depth. */
function members(text: string, opening: string): Member[] {
  const start = text.search(new RegExp(`${opening.trim()}\\b[^;]*?\\{\\n`))
  if (start < 0) return []
  const body = text.slice(text.indexOf('{\n', start) + 2, text.indexOf('\n}', start) + 1)
  const property = /^ {4}(?:readonly )?(\w+)(\??): ([\s\S]*?);\n(?= {4}\w|(?![\s\S]))/gm
  return [...body.matchAll(property)].map(([, name = '', mark = '', type = '']) => ({
    name,
    optional: mark === '?',
    type: type.replace(/\s+/g, ' '),
  }))
}

function asOutput({ name, optional, type }: Member): DeclaredOutput {
  const inner = type.replace(/^pulumi\.Output<([\s\S]*)>$/, '$1')
  return {
    name,
    type: inner.replace(/ \| undefined$/, ''),
    always: !optional && !/\| undefined$/.test(inner),
  }
}
