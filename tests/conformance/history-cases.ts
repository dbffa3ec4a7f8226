import { createHash } from 'node:crypto'
import fc from 'fast-check'

/** A history as it may be found: what lies on disk, and the rows of `_prisma_migrations`. */
export interface HistoryCase {
  /** `script` null: a folder without `migration.sql`. In no particular order, as a directory has none. */
  readonly migrations: readonly { readonly name: string; readonly script: string | null }[]
  readonly rows: readonly CaseRow[]
}

export interface CaseRow {
  readonly name: string
  readonly checksum: string
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly rolledBackAt: Date | null
  readonly logs: string | null
  readonly steps: number
}

type Ending = 'applied' | 'failed' | 'rolled-back' | 'undone'

interface Attempt {
  readonly ending: Ending
  /** How the checksum came about: of which text, with which line ends, padded or as old versions wrote it. */
  readonly text: 'same' | 'unix' | 'windows' | 'other'
  readonly form: 'padded' | 'legacy' | 'none'
}

const slug = fc.constantFrom('init', 'add_orders', 'Drop', 'zoë', 'a-b', 'a_b', 'x')

/** Timestamps, hand-made names, and neighbours whose order depends on how they are compared. */
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 99 }), slug)
      .map(([day, text]) => `2024${`${day}`.padStart(2, '0')}01000000_${text}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('0_init', '1', '10_b', '2_b', 'B', 'a', 'a b', "it's", 'é', '_') },
)

/** Scripts that every way of running them survives: the engine's adapter splits them at each semicolon. */
const script = fc.oneof(
  { weight: 3, arbitrary: fc.nat(999).map(n => `SELECT ${n};\n`) },
  { weight: 2, arbitrary: fc.nat(999).map(n => `-- é 🐘\r\nSELECT ${n};\r\nSELECT 2;\r\n`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '\n',
      '\r\n',
      'SELECT 1',
      'SELECT 1;\r\nSELECT 2;\n',
      '-- nothing\n',
      'SELECT 1;\r',
      '\r\r\n',
    ),
  },
)

const attempt: fc.Arbitrary<Attempt> = fc.record({
  ending: fc.constantFrom<Ending[]>(
    'applied',
    'applied',
    'applied',
    'failed',
    'rolled-back',
    'rolled-back',
    'undone',
  ),
  text: fc.constantFrom('same', 'same', 'same', 'unix', 'windows', 'other'),
  form: fc.constantFrom('padded', 'padded', 'padded', 'legacy', 'none'),
})

/** Most histories are sound: one attempt that succeeded. Duplicates, retries and the rest come on top. */
const attempts = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Attempt[]>([{ ending: 'applied', text: 'same', form: 'padded' }]) },
  { weight: 2, arbitrary: fc.array(attempt, { maxLength: 4 }) },
)

const known = fc.record({
  name,
  script: fc.oneof({ weight: 20, arbitrary: script }, fc.constant(null)),
  attempts,
})
const gone = fc.record({ name, script: fc.constant(null), attempts })

export const historyCase: fc.Arbitrary<HistoryCase> = fc
  .record({
    known: fc.uniqueArray(known, { maxLength: 7, selector: each => each.name }),
    gone: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(gone, { maxLength: 2 })),
    order: fc.infiniteStream(fc.nat()),
  })
  .map(({ known, gone, order }) => {
    const planned = [...known, ...gone].flatMap(each => each.attempts.map(attempt => ({ ...each, attempt })))
    const shuffled = planned
      .map(each => ({ ...each, rank: order.next().value }))
      .sort((a, b) => a.rank - b.rank)
    const names = new Set(known.map(each => each.name))
    return {
      migrations: known.map(({ name, script }) => ({ name, script })),
      rows: shuffled.map(({ name, script, attempt }, index) =>
        rowOf(name, names.has(name) ? script : null, attempt, index),
      ),
    }
  })

function rowOf(name: string, script: string | null, { ending, text, form }: Attempt, index: number): CaseRow {
  // A second apart: the order of equal times is nobody's.
  const startedAt = new Date(Date.UTC(2024, 0, 1) + index * 1000)
  const later = new Date(startedAt.getTime() + 500)
  return {
    name,
    checksum: checksumOf(withLineEnds(script ?? 'it is gone', text), form),
    startedAt,
    finishedAt: ending === 'applied' || ending === 'undone' ? later : null,
    rolledBackAt: ending === 'rolled-back' || ending === 'undone' ? later : null,
    logs: ending === 'failed' ? 'ERROR: it failed' : null,
    steps: ending === 'applied' ? 1 : 0,
  }
}

function withLineEnds(script: string, text: Attempt['text']): string {
  if (text === 'unix') return script.replaceAll('\r\n', '\n')
  if (text === 'windows') return script.replaceAll('\n', '\r\n')
  return text === 'other' ? `${script}-- as it was` : script
}

function checksumOf(script: string, form: Attempt['form']): string {
  const digest = createHash('sha256').update(script).digest()
  if (form === 'padded') return digest.toString('hex')
  return form === 'legacy' ? [...digest].map(byte => byte.toString(16)).join('') : ''
}
