import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** One of our files: its path from the root, and what it imports from us, resolved likewise. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const SKIPPED = new Set(['node_modules', '.git', '.howdah', 'client'])

/** Every file below some folders of the checkout, with one of the endings; generated clients are left out. */
export function filesBelow(folders: readonly string[], endings: readonly string[]): SourceFile[] {
  return folders
    .flatMap(folder => walk(join(ROOT, folder)))
    .flatMap(file => {
      if (!endings.some(ending => file.endsWith(ending))) return []
      const text = readFileSync(file, 'utf8')
      return [{ path: relative(ROOT, file), text, imports: importsOf(file, text) }]
    })
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (SKIPPED.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

/** Static, dynamic and re-exporting imports of relative files; a type import is a dependency like any other. */
function importsOf(file: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(
    match => match[1] ?? '',
  )
  return specifiers.map(specifier => relative(ROOT, resolve(dirname(file), specifier)))
}

/** The first circle among the imports, as a path; `undefined` when there is none. */
export function findCycle(files: readonly SourceFile[]): string[] | undefined {
  const graph = new Map(files.map(file => [file.path, file.imports]))
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path])
      if (cycle) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const { path } of files) {
    const cycle = visit(path, [])
    if (cycle) return cycle
  }
  return undefined
}
