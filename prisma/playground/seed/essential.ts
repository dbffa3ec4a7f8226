import type { SeedProfile } from '../../../runner/seed/profile.ts'
import { withPrisma } from './database/with-prisma.ts'
import { ensureAdministrator, findAdministrator } from './essential/ensure-administrator.ts'
import { ensureRoles } from './essential/ensure-roles.ts'
import { requireStrong } from './essential/require-strong.ts'

const essential: SeedProfile = {
  summary: 'the administrator and the database roles an application needs; safe in production',
  safeInProduction: true,
  options: [],
  tables: ['users'],
  plan: async context => {
    if (context.options.adminPassword) requireStrong(context.options.adminPassword)
    const existing = await withPrisma(context, prisma =>
      findAdministrator(prisma, context.options.adminEmail),
    )
    return [{ table: 'users', made: existing ? 0 : 1, alreadyThere: existing ? 1 : 0 }]
  },
  run: async context => {
    // The administrator last: a password that was made must not be lost to a failure after it.
    await ensureRoles(context)
    await withPrisma(context, prisma => ensureAdministrator(context, prisma))
  },
}
export default essential
