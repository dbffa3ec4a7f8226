import { base, en, Faker } from '@faker-js/faker'
import { DAY_MS, REFERENCE_DATE } from '../database/reference-date.ts'
import { TAGS } from '../database/tags.ts'
import { activityOf } from './activity.ts'
import type { DemoData } from './demo-rows.ts'
import { usersOf } from './users.ts'

/** The demo of a seed: the same ids, names and dates on any day and any machine. */
export function demoData(randomSeed: number): DemoData {
  const faker = new Faker({ locale: [en, base], seed: randomSeed })
  faker.setDefaultRefDate(new Date(REFERENCE_DATE))
  const users = usersOf(faker)
  const tags = TAGS.map(([name, color, description]) => {
    const created_at = new Date(REFERENCE_DATE - 365 * DAY_MS)
    return { name, color, description, created_at, updated_at: created_at }
  })
  const tagNames = TAGS.map(([name]) => name)
  const workbooks: DemoData['workbooks'][number][] = []
  const workbookTags: DemoData['workbookTags'][number][] = []
  for (const author of users) {
    for (let made = faker.number.int({ min: 1, max: 5 }); made > 0; made--) {
      const workbook = workbookOf(faker, author.id)
      workbooks.push(workbook)
      for (const tag of faker.helpers.arrayElements(tagNames, { min: 1, max: 3 }))
        workbookTags.push({ workbook_id: workbook.id, tag })
    }
  }
  const activity = activityOf(faker, users, workbooks)
  // The counters say what the rows say.
  for (const workbook of workbooks) {
    workbook.favorite_count = activity.favorites.filter(each => each.workbook_id === workbook.id).length
    workbook.view_count = activity.views.filter(each => each.workbook_id === workbook.id).length
  }
  for (const { item_id, featured_date } of activity.featured) {
    const workbook = workbooks.find(each => each.id === item_id)
    if (workbook) Object.assign(workbook, { is_featured: true, featured_at: featured_date })
  }
  return { users, tags, workbooks, workbookTags, ...activity }
}

function workbookOf(faker: Faker, author_id: string): DemoData['workbooks'][number] {
  const id = faker.string.uuid()
  const published_at = faker.date.past({ years: 1 })
  return {
    id,
    title: faker.company.catchPhrase().slice(0, 200),
    description: faker.lorem.paragraph(),
    sigma_embed_url: `https://app.sigma.com/embed/workbook/${id}`,
    thumbnail_url: faker.image.urlPicsumPhotos({ width: 640, height: 480 }),
    is_publicly_visible: faker.datatype.boolean({ probability: 0.9 }),
    allow_copy: faker.datatype.boolean({ probability: 0.8 }),
    published_at,
    updated_at: published_at,
    author_id,
  }
}
