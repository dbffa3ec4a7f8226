import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { ROOT } from './source-files.ts'

/** A command line of ours as a file of somebody else's format has it: the words behind `howdah`. */
export interface CommandLine {
  readonly file: string
  readonly words: readonly string[]
}

const yamlFiles = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter(name => /\.ya?ml$/.test(name))
    .map(name => `${folder}/${name}`)

export const WORKFLOWS = yamlFiles('.github/workflows')
export const MANIFESTS = yamlFiles('infra/kubernetes').filter(name => !name.endsWith('kustomization.yaml'))

/** The documents of a YAML file. @throws what is wrong with it */
export function documentsOf(file: string): unknown[] {
  return parseAllDocuments(readFileSync(join(ROOT, file), 'utf8'), { uniqueKeys: true }).map(document => {
    const [problem] = [...document.errors, ...document.warnings]
    if (problem) throw problem
    return document.toJS()
  })
}

/** Every value below a key of that name, however deep. */
export function valuesOf(document: unknown, key: string): unknown[] {
  if (Array.isArray(document)) return document.flatMap(part => valuesOf(part, key))
  if (typeof document !== 'object' || document === null) return []
  return Object.entries(document).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...valuesOf(value, key),
  ])
}

/** What a shell would hand to `howdah`, by whatever way it is called there; variables and expressions stand for a word. */
export function commandLinesOf(script: string): string[][] {
  const lines = script.replace(/\\\n\s*/g, ' ').split('\n')
  const ours = /(?:^|[;&|(])\s*(?:[A-Z_]+=\S+ +)*(?:npx |node )?(?:\S*\/)?howdah(?:\.js)? +([^;&|>#)]*)/
  return lines.flatMap(line => {
    const [, rest] = ours.exec(line) ?? []
    if (rest === undefined || /^\s*#/.test(line)) return []
    return [
      rest
        .replace(/\$\{\{[^}]*\}\}|"?\$\{?\w+\}?"?/g, 'value')
        .trim()
        .split(/\s+/)
        .map(word => word.replace(/^["']|["']$/g, '')),
    ]
  })
}

/** Of every step of a workflow. */
export function workflowCommandLines(): CommandLine[] {
  return WORKFLOWS.flatMap(file =>
    documentsOf(file)
      .flatMap(document => valuesOf(document, 'run'))
      .flatMap(script => commandLinesOf(String(script)).map(words => ({ file, words }))),
  )
}

/** Of every container of ours: its arguments stand behind the image's entrypoint. */
export function manifestCommandLines(): CommandLine[] {
  return MANIFESTS.flatMap(file =>
    documentsOf(file)
      .flatMap(document => valuesOf(document, 'containers').flat())
      .map(container => container as { image: string; args?: string[] })
      .filter(({ image }) => image === 'howdah')
      .map(({ args = [] }) => ({ file, words: args })),
  )
}

/** Of the code blocks of a document. */
export function documentCommandLines(file: string): CommandLine[] {
  const blocks = readFileSync(join(ROOT, file), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)
  return [...blocks]
    .filter(([, language = '']) => ['', 'sh'].includes(language))
    .flatMap(([, , text = '']) => commandLinesOf(text).map(words => ({ file, words })))
}
