import type { SourceFile } from './source-files.ts'

/** The rooms of runner/, lowest first: a room imports only from those before it. */
const LAYERS = [
  'core',
  'config',
  'sql',
  'postgres',
  'embedded',
  'schema-engine',
  'ledger',
  'capability',
  'cli',
  'main',
] as const

type Layer = (typeof LAYERS)[number]

const FOUNDATION = new Set<string>(LAYERS.filter(layer => layer !== 'capability' && layer !== 'main'))

/** `runner/migrate/plan.ts` is in room `migrate`; `runner/main.ts` in `main`. */
function roomOf(path: string): string | undefined {
  const top = path === 'runner/main.ts' || path === NAMES_FILE
  return /^runner\/([^/]+)\//.exec(path)?.[1] ?? (top ? 'main' : undefined)
}

function layerOf(room: string): Layer {
  return room === 'main' || FOUNDATION.has(room) ? (room as Layer) : 'capability'
}

/** The one file other rooms may import from a capability: named after what it does. */
const PUBLIC_FILES: Readonly<Record<string, readonly string[]>> = {
  migrate: ['migrate.ts', 'counts.ts', 'report.ts', 'draft/draft.ts'],
  seed: ['seed.ts', 'profile.ts', 'report.ts'],
  metrics: ['metrics.ts'],
  doctor: ['doctor.ts', 'report.ts'],
  local: ['up.ts'],
  pooler: ['pooler.ts', 'report.ts'],
  runbook: ['runbook.ts', 'report.ts'],
  access: ['access.ts'],
  ecs: ['ecs.ts', 'report.ts'],
}

/** The one file of the runner that the folders beside it see. It stands above every room, as main.ts does. */
const NAMES_FILE = 'runner/names.ts'
const BESIDE_THE_RUNNER = /^(monitoring|infra)\//

/** What is wrong with an import, in a sentence; `undefined` when it is right. */
export function importProblem(from: string, to: string): string | undefined {
  if (BESIDE_THE_RUNNER.test(from) && to.startsWith('runner/') && to !== NAMES_FILE)
    return `${from} imports ${to}: outside of runner/ only ${NAMES_FILE} is seen`
  if (from.startsWith('runner/') && (to === NAMES_FILE || BESIDE_THE_RUNNER.test(to)))
    return `${from} imports ${to}: the runner knows nobody who only knows its names`
  const [here, there] = [roomOf(from), roomOf(to)]
  if (here === undefined || there === undefined || here === there) return undefined
  const [lower, upper] = [LAYERS.indexOf(layerOf(there)), LAYERS.indexOf(layerOf(here))]
  if (lower > upper) return `${from} imports ${to}: ${here} is below ${there}`
  if (layerOf(there) !== 'capability') return undefined
  const file = to.split('/').slice(2).join('/')
  return PUBLIC_FILES[there]?.includes(file)
    ? undefined
    : `${from} imports ${to}: not a public file of ${there}`
}

/** The components of the infrastructure, each named as its folder or file; what they share beside them is none. */
const COMPONENTS = [
  'access',
  'alarms',
  'backups',
  'credentials',
  'database',
  'keys',
  'network',
  'pooler',
  'replicas',
  'runner',
] as const
const componentOf = (path: string) => {
  const name = /^infra\/components\/([^/.]+)/.exec(path)?.[1]
  return COMPONENTS.find(component => component === name)
}

/** Components are given what they need, so that the program alone knows all of them. `undefined` when an import is right. */
export function componentProblem(from: string, to: string): string | undefined {
  if (!from.startsWith('infra/components/')) return undefined
  if (/^infra\/(settings|guard-rails|wiring|transforms|index)/.test(to))
    return `${from} imports ${to}: components know nothing of settings, and are given what they need`
  const [here, there] = [componentOf(from), componentOf(to)]
  return here !== undefined && there !== undefined && here !== there
    ? `${from} imports ${to}: another component`
    : undefined
}

const VAGUE = /(^|\/)(utils?|helpers?|common|lib|types|misc)(\/|\.[a-z.]+$)/

export function nameProblem({ path }: SourceFile): string | undefined {
  return VAGUE.test(path) ? `${path}: the name says nothing` : undefined
}

const LONGEST = 300

export function lengthProblem({ path, text }: SourceFile): string | undefined {
  const lines = text.split('\n').length - 1
  return lines > LONGEST ? `${path} has ${lines} lines` : undefined
}

/** What is started, rather than imported. */
const ENTRIES: readonly string[] = [
  'runner/main.ts',
  'runner/howdah.js',
  'runner/install.js',
  'runner/health-check.js',
  'monitoring/write-files.ts',
  'infra/policy/index.ts',
]

/** The only files that may touch the process: its entries, and the one that knows other processes. */
const PROCESS_FILES = new Set([...ENTRIES, 'runner/core/processes.ts'])

export function processProblem({ path, text }: SourceFile): string | undefined {
  if (PROCESS_FILES.has(path) || path.endsWith('.test.ts')) return undefined
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  const found = /(?<![.\w-])console\.|(?<![.\w-])process\.\w|from '(node:)?process'/.exec(code)
  return found ? `${path} uses ${found[0]}` : undefined
}

/** Work while a module is loaded: a call, an await or a loop at the left margin. Declarations may call (`setting(…)`). */
export function importTimeProblem({ path, text }: SourceFile): string | undefined {
  if (ENTRIES.includes(path) || path.endsWith('.test.ts')) return undefined
  const found = /^(await |for |while |if |[a-zA-Z_.]+\()[^\n]*/m.exec(text)
  return found ? `${path} does work when it is imported: ${found[0]}` : undefined
}

export function disallowedImport({ path, text }: SourceFile): string | undefined {
  const foreign = /from '(\.{1,2}\/[^']+)'/g
  for (const [, specifier] of text.matchAll(foreign)) {
    if (specifier && !/\.(ts|js|json|wasm)$/.test(specifier))
      return `${path} imports ${specifier} without its ending`
  }
  return undefined
}

/** Packages that a file of the runner needs when it runs: types alone are gone by then. */
const RUN_TIME_IMPORT = /(?:^(?:import|export) (?!type )[^;']*?from |^import |\bimport\()'([^.'][^']*)'/gm

/** What a project that depends on us would miss, since it gets no development dependencies. */
export function packageProblem(
  { path, text }: SourceFile,
  dependencies: ReadonlySet<string>,
): string | undefined {
  const missing = [...text.matchAll(RUN_TIME_IMPORT)]
    .map(([, name = '']) => name)
    .filter(name => !name.startsWith('node:'))
    .map(name => (name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? '')))
    .find(name => !dependencies.has(name))
  return missing && `${path} needs ${missing}, which is no dependency`
}
