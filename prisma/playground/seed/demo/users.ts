import type { Faker } from '@faker-js/faker'
import type { Prisma } from '../../client/client.ts'
import { DEMO_DOMAIN } from '../database/accounts.ts'

export const DEMO_USERS = 50

/** A user without a password; all demo users share one, made when they are. */
export type DemoUser = Omit<Prisma.UserCreateManyInput, 'password_hash'> & { readonly id: string }

export function usersOf(faker: Faker): DemoUser[] {
  return Array.from({ length: DEMO_USERS }, (_, index) => {
    const [first, last] = [faker.person.firstName(), faker.person.lastName()]
    const username = usernameOf(`${first}-${last}`, index)
    const created_at = faker.date.past({ years: 2 })
    return {
      id: faker.string.uuid(),
      username,
      email: `${username}@${DEMO_DOMAIN}`,
      full_name: `${first} ${last}`.slice(0, 100),
      bio: faker.lorem.sentence(),
      title: faker.person.jobTitle().slice(0, 100),
      organization: faker.company.name().slice(0, 100),
      location: faker.location.city().slice(0, 100),
      social_links: {
        linkedin: `https://linkedin.example/in/${username}`,
        twitter: `https://twitter.example/${username}`,
        website: `https://${username}.example`,
      },
      profile_image_url: faker.image.personPortrait(),
      is_verified: faker.datatype.boolean({ probability: 0.8 }),
      created_at,
      updated_at: created_at,
    }
  })
}

/** Faker's own usernames may have dots, which check_username_format refuses; the number keeps them distinct. */
function usernameOf(name: string, index: number): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '')
    .slice(0, 40)
  return `${plain}-${String(index + 1).padStart(2, '0')}`
}
