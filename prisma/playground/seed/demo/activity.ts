import type { Faker } from '@faker-js/faker'
import { DAY_MS, REFERENCE_DATE } from '../database/reference-date.ts'
import type { DemoData } from './demo-rows.ts'

const FOLLOWS = 100
const FAVORITES = 200
const VIEWS = 600
const TOKENS = 10
const REPORTS = 5
const FEATURED_WORKBOOKS = 7
const FEATURED_AUTHORS = 3

type Activity = Pick<DemoData, 'follows' | 'favorites' | 'views' | 'tokens' | 'reports' | 'featured'>

/** What the users do with the workbooks and with each other. */
export function activityOf(
  faker: Faker,
  users: DemoData['users'],
  workbooks: DemoData['workbooks'],
): Activity {
  const userId = () => faker.helpers.arrayElement(users).id
  const workbookId = () => faker.helpers.arrayElement(workbooks).id
  const recently = () => faker.date.recent({ days: 90 })
  return {
    follows: distinctPairs(FOLLOWS, userId, userId).map(([follower_id, following_id]) => ({
      follower_id,
      following_id,
      created_at: recently(),
    })),
    favorites: distinctPairs(FAVORITES, userId, workbookId).map(([user_id, workbook_id]) => ({
      user_id,
      workbook_id,
      created_at: recently(),
    })),
    views: Array.from({ length: VIEWS }, () => ({
      id: faker.string.uuid(),
      workbook_id: workbookId(),
      user_id: faker.datatype.boolean({ probability: 0.6 }) ? userId() : null,
      // An address set aside for documentation (RFC 5737).
      ip_address: `192.0.2.${faker.number.int({ min: 1, max: 254 })}`,
      user_agent: faker.internet.userAgent(),
      created_at: recently(),
    })),
    tokens: Array.from({ length: TOKENS }, () => {
      const created = recently().getTime() - 30 * DAY_MS
      const id = faker.string.uuid()
      return {
        id,
        // Whoever knows the seed knows the token: it has expired and is revoked, so it opens nothing.
        token: `demo-${id}`,
        expires_at: new Date(created + 7 * DAY_MS),
        is_revoked: true,
        created_at: new Date(created),
        user_id: userId(),
      }
    }),
    reports: Array.from({ length: REPORTS }, () => {
      const created_at = recently()
      return {
        id: faker.string.uuid(),
        report_type: faker.helpers.arrayElement(['SPAM', 'COPYRIGHT_VIOLATION', 'OTHER'] as const),
        reason: 'Made-up report of the demo',
        description: faker.lorem.sentence(),
        status: faker.helpers.arrayElement(['PENDING', 'IN_REVIEW', 'RESOLVED'] as const),
        created_at,
        updated_at: created_at,
        reporter_id: userId(),
        reported_workbook_id: workbookId(),
      }
    }),
    featured: [...featuredWorkbooks(faker, workbooks), ...featuredAuthors(faker, users)],
  }
}

function featuredWorkbooks(faker: Faker, workbooks: DemoData['workbooks']): DemoData['featured'][number][] {
  return faker.helpers.arrayElements(workbooks, FEATURED_WORKBOOKS).map(({ id }, index) => {
    const day = new Date(REFERENCE_DATE - index * DAY_MS)
    const mark = { featured_date: day, created_at: day, updated_at: day }
    return { item_id: id, workbook_id: id, item_type: 'workbook', feature_type: 'viz_of_the_day', ...mark }
  })
}

function featuredAuthors(faker: Faker, users: DemoData['users']): DemoData['featured'][number][] {
  return faker.helpers.arrayElements(users, FEATURED_AUTHORS).map(({ id }, index) => {
    const day = new Date(REFERENCE_DATE - index * 7 * DAY_MS)
    const mark = { featured_date: day, created_at: day, updated_at: day }
    return { item_id: id, item_type: 'user', feature_type: 'featured_author', ...mark }
  })
}

/** Pairs that differ from each other, and whose sides differ: nobody follows themselves, nor the same person twice. */
function distinctPairs(count: number, left: () => string, right: () => string): [string, string][] {
  const pairs = new Map<string, [string, string]>()
  while (pairs.size < count) {
    const pair: [string, string] = [left(), right()]
    if (pair[0] !== pair[1]) pairs.set(pair.join(), pair)
  }
  return [...pairs.values()]
}
