import { HowdahError } from '../../../../runner/core/errors.ts'
import type { SeedContext } from '../../../../runner/seed/profile.ts'
import type { PrismaClient } from '../../client/client.ts'
import { ADMINISTRATOR } from '../database/accounts.ts'

/** About a quarter of a second: it is paid once a login, and by whoever guesses. */
const COST = 12

interface Administrator {
  readonly id: string
  readonly email: string
  readonly password_hash: string
}

/**
 * The account that is, or would become, the administrator's.
 * @throws HowdahError seed-refused when the username or the e-mail address is somebody else's
 */
export async function findAdministrator(
  prisma: PrismaClient,
  adminEmail: string,
): Promise<Administrator | undefined> {
  const select = { id: true, email: true, password_hash: true, is_admin: true }
  const account = await prisma.user.findUnique({ where: { username: ADMINISTRATOR }, select })
  // Whoever registered that name first must not be made the administrator by it.
  if (account && !account.is_admin) {
    throw new HowdahError('seed-refused', {
      reason: `user "${ADMINISTRATOR}" exists and is not an administrator`,
      instead: `Rename that account. If it is yours: UPDATE users SET is_admin = true WHERE username = '${ADMINISTRATOR}'.`,
    })
  }
  if (account) return account
  const owner = await prisma.user.findUnique({ where: { email: adminEmail }, select: { username: true } })
  if (owner) {
    throw new HowdahError('seed-refused', {
      reason: `the administrator's e-mail address ${adminEmail} is that of user "${owner.username}"`,
      instead: 'Give another one with --admin-email.',
    })
  }
  return undefined
}

/**
 * Makes the administrator, once. An account that exists keeps everything, its password too, unless HOWDAH_ADMIN_PASSWORD
 * is set and differs.
 */
export async function ensureAdministrator(context: SeedContext, prisma: PrismaClient): Promise<void> {
  const { journal, options } = context
  const existing = await findAdministrator(prisma, options.adminEmail)
  if (existing) return keepAdministrator(context, prisma, existing)
  const password = options.adminPassword ?? context.generatePassword()
  const { count } = await prisma.user.createMany({
    data: {
      username: ADMINISTRATOR,
      email: options.adminEmail,
      password_hash: await context.hashPassword(password, COST),
      full_name: 'Admin User',
      bio: 'Platform administrator',
      title: 'Platform Admin',
      organization: 'Sigma Playground',
      is_admin: true,
      is_verified: true,
    },
    skipDuplicates: true,
  })
  // Somebody else was quicker: their account counts, and our password was never anybody's.
  if (count === 0) return ensureAdministrator(context, prisma)
  if (!options.adminPassword) journal.password(ADMINISTRATOR, password)
  journal.table({ table: 'users', made: 1, alreadyThere: 0 })
}

async function keepAdministrator(
  { journal, options, hashPassword, verifyPassword }: SeedContext,
  prisma: PrismaClient,
  { id, email, password_hash }: Administrator,
): Promise<void> {
  journal.table({ table: 'users', made: 0, alreadyThere: 1 })
  if (email !== options.adminEmail)
    journal.note(`the administrator's e-mail address is ${email}, not ${options.adminEmail}: left as it is`)
  const { adminPassword } = options
  if (!adminPassword || (await verifyPassword(adminPassword, password_hash))) return
  await prisma.user.update({
    where: { id },
    data: { password_hash: await hashPassword(adminPassword, COST) },
  })
  journal.note("the administrator's password was changed to that of HOWDAH_ADMIN_PASSWORD")
}
