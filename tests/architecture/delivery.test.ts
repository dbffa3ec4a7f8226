import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../runner/cli/program.ts'
import { VERBS } from '../../runner/cli/verbs.ts'
import { SETTINGS } from '../../runner/config/settings.ts'
import {
  commandLinesOf,
  documentCommandLines,
  documentsOf,
  MANIFESTS,
  manifestCommandLines,
  valuesOf,
  WORKFLOWS,
  workflowCommandLines,
} from './command-lines.ts'
import { ROOT } from './source-files.ts'

/** Reads a command line as the program does, and the one within it where it is `ecs run`. */
function understand(words: readonly string[]): void {
  const parsed = parseCommandLine(words, '0', VERBS)
  if ('help' in parsed) throw new Error(`"${words.join(' ')}" only asks for help`)
  if (parsed.verb.path.join(' ') === 'ecs run') understand(parsed.words)
}

describe('command lines', () => {
  const lines = [
    ...workflowCommandLines(),
    ...manifestCommandLines(),
    ...documentCommandLines('infra/docs/delivery.md'),
  ]

  test('there are some in workflows, in manifests and in the document', () => {
    const files = new Set(lines.map(({ file }) => file))
    expect([...files]).toEqual(
      expect.arrayContaining([
        '.github/workflows/up.yml',
        'infra/kubernetes/migrate.yaml',
        'infra/docs/delivery.md',
      ]),
    )
  })

  test('each is of a verb that is there, with flags it has', () => {
    for (const { file, words } of lines)
      expect(() => understand(words), `${file}: howdah ${words.join(' ')}`).not.toThrow()
  })

  test('every setting that a workflow or a manifest gives by the environment is one', () => {
    const known = new Set(Object.values(SETTINGS).flatMap(({ env }) => [...env] as string[]))
    for (const file of [...WORKFLOWS, ...MANIFESTS]) {
      const text = readFileSync(join(ROOT, file), 'utf8')
      for (const [name] of text.matchAll(/\bHOWDAH_[A-Z_]+\b/g)) expect([...known], file).toContain(name)
    }
  })

  test('a verb that is not there, a flag it does not have, and either within ecs run, are found', () => {
    const found = (script: string) => commandLinesOf(script).map(words => () => understand(words))
    for (const script of [
      'howdah migrate deplyo',
      'npx howdah migrate deploy --force',
      'x && node runner/howdah.js ecs run --cluster "$CLUSTER" migrate undo',
      `howdah ecs run \\\n  --subnets ${'$'}{{ a.b }} -- migrate deploy --force`,
    ]) {
      const [line, ...others] = found(script)
      expect(others).toEqual([])
      expect(line, script).toThrow()
    }
    expect(found('echo howdahs; docker build --tag howdah\n# howdah nonsense')).toEqual([])
  })
})

interface Job {
  readonly uses?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
}

describe.each(WORKFLOWS)('%s', file => {
  const [workflow] = documentsOf(file) as {
    permissions: object
    concurrency: object
    jobs: Record<string, Job>
  }[]
  const jobs = Object.entries(workflow?.jobs ?? {})

  test('a job has the rights it names and no others, ends by itself, and none runs beside another of its kind', () => {
    expect(workflow?.permissions).toEqual({})
    expect(workflow?.concurrency).toHaveProperty('group')
    expect(jobs.length).toBeGreaterThan(0)
    for (const [name, job] of jobs) {
      expect(job.permissions, name).toMatchObject({ contents: 'read' })
      const written = Object.entries(job.permissions ?? {}).filter(([, right]) => right === 'write')
      expect(['id-token', 'pull-requests'], name).toEqual(
        expect.arrayContaining(written.map(([right]) => right)),
      )
      if (job.uses === undefined) expect(job['timeout-minutes'], name).toBeGreaterThan(0)
    }
  })

  test('actions are of a version, called workflows are there, and no key of AWS is a secret of the repository', () => {
    for (const used of valuesOf(workflow, 'uses').map(String)) {
      if (used.startsWith('./')) expect(WORKFLOWS).toContain(used.slice(2))
      else expect(used).toMatch(/^[\w.-]+\/[\w./-]+@(v\d+(\.\d+)*|[0-9a-f]{40})$/)
    }
    expect(readFileSync(join(ROOT, file), 'utf8')).not.toMatch(/secrets\.|AWS_SECRET|aws-secret/)
  })

  test('nothing that somebody outside may write is put into a script', () => {
    for (const script of valuesOf(workflow, 'run')) expect(String(script)).not.toMatch(/\$\{\{/)
  })
})

interface PodSpec {
  readonly automountServiceAccountToken: boolean
  readonly securityContext: object
  readonly containers: readonly {
    readonly image: string
    readonly securityContext: object
    readonly resources: object
  }[]
}

describe('manifests of Kubernetes', () => {
  const documents = MANIFESTS.flatMap(file => documentsOf(file) as { kind: string }[])
  const kustomization = documentsOf('infra/kubernetes/kustomization.yaml')[0] as {
    resources: string[]
    images: object[]
  }

  test('all of them are applied together', () => {
    expect(kustomization.resources.map(name => `infra/kubernetes/${name}`).sort()).toEqual(
      [...MANIFESTS].sort(),
    )
    expect(documents.map(({ kind }) => kind).sort()).toEqual([
      'Deployment',
      'Job',
      'Namespace',
      'NetworkPolicy',
      'Service',
      'ServiceAccount',
      'ServiceMonitor',
    ])
  })

  test('every pod is without rights, and within bounds', () => {
    const pods = documents
      .flatMap(document => valuesOf(document, 'template'))
      .map(template => (template as { spec: PodSpec }).spec)
    expect(pods).toHaveLength(2)
    for (const pod of pods) {
      expect(pod.automountServiceAccountToken).toBe(false)
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(container.resources).toHaveProperty('limits.memory')
        expect(container.resources).toHaveProperty('requests.cpu')
      }
    }
  })

  test('no password is in any, and every selector finds its pods', () => {
    expect(documents.map(({ kind }) => kind)).not.toContain('Secret')
    const labels = documents
      .flatMap(document => valuesOf(document, 'template'))
      .map(template => (template as { metadata: { labels: Record<string, string> } }).metadata.labels)
    const selected = documents
      .filter(({ kind }) => kind === 'Service' || kind === 'Deployment')
      .map(document => (document as unknown as { spec: { selector: Record<string, unknown> } }).spec.selector)
      .map(selector => (selector.matchLabels ?? selector) as Record<string, string>)
    for (const selector of selected) expect(labels).toContainEqual(expect.objectContaining(selector))
  })
})
