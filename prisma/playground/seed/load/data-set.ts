import { createRandom, hash32, mix32, type Random } from '../../../../runner/seed/random.ts'
import { createIdentifiers, type Identify } from './identifiers.ts'
import { distinctPairs, type Pairs } from './pairs.ts'
import { type LoadShape, loadShape } from './shape.ts'

/** Everything that one seed and one number of rows determine. */
export interface DataSet {
  /** Seven letters and digits that are part of every unique name, so that loads do not collide. */
  readonly label: string
  readonly shape: LoadShape
  readonly ids: {
    readonly users: Identify
    readonly workbooks: Identify
    readonly refresh_tokens: Identify
    readonly reports: Identify
    readonly workbook_views: Identify
  }
  /** user, workbook */
  readonly favorites: Pairs
  /** follower, followed */
  readonly follows: Pairs
  /** workbook, tag; both counted from 0 */
  readonly tagged: Pairs
  /** The workbook of a view; `random` is the stream `workbook_views/target`. A few get most of the views. */
  readonly viewed: (random: Random) => number
  readonly random: (stream: string) => Random
}

export function describeDataSet(randomSeed: number, rows: number): DataSet {
  const key = hash32(randomSeed, `playground/${rows}`)
  const shape = loadShape(rows)
  const { users, workbooks, tags } = shape
  const identifiers = createIdentifiers(key)
  const scattered = (stream: string, limit: number) => {
    const salt = hash32(key, stream)
    return (left: number) => mix32(left ^ salt) % limit
  }
  const followed = distinctPairs(users, users - 1, scattered('follows', users - 1))
  return {
    label: key.toString(36).padStart(7, '0'),
    shape,
    ids: {
      users: identifiers('users', shape.users),
      workbooks: identifiers('workbooks', shape.workbooks),
      refresh_tokens: identifiers('refresh_tokens', shape.refresh_tokens),
      reports: identifiers('reports', shape.reports),
      workbook_views: identifiers('workbook_views', shape.workbook_views),
    },
    favorites: distinctPairs(users, workbooks, scattered('favorites', workbooks)),
    // The others, counted from the one after the follower: nobody follows themselves.
    follows: {
      left: followed.left,
      right: index => (followed.left(index) + 1 + followed.right(index)) % users,
    },
    tagged: distinctPairs(workbooks, tags, scattered('workbook_tags', tags)),
    viewed: random => Math.floor(workbooks * random.next() ** 3),
    random: stream => createRandom(key, stream),
  }
}

/** How often each workbook is named by favourites and by views, so that its counters are right from the start. */
export function countPerWorkbook(data: DataSet): { favorites: Uint32Array; views: Uint32Array } {
  const { shape } = data
  const favorites = new Uint32Array(shape.workbooks)
  for (let index = 0; index < shape.favorites; index++) increment(favorites, data.favorites.right(index))
  const views = new Uint32Array(shape.workbooks)
  const random = data.random('workbook_views/target')
  for (let index = 0; index < shape.workbook_views; index++) increment(views, data.viewed(random))
  return { favorites, views }
}

function increment(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1
}
