import { PrismaPg } from '@prisma/adapter-pg'
import { HowdahError, messageOf } from '../../../../runner/core/errors.ts'
import type { SeedContext } from '../../../../runner/seed/profile.ts'
import { Prisma, PrismaClient } from '../../client/client.ts'

/** Runs `body` with a Prisma client of its own, whose pool is closed on every path. */
export async function withPrisma<T>(
  context: SeedContext,
  body: (prisma: PrismaClient) => Promise<T>,
): Promise<T> {
  const { log } = context.runtime
  const adapter = new PrismaPg(context.poolConfig, {
    schema: context.schema,
    // Without a listener a connection that breaks while idle would end the process.
    onPoolError: error => log.debug('seed.pool-error', `a pooled connection broke: ${error.message}`),
    onConnectionError: error => log.debug('seed.pool-error', `a connection broke: ${error.message}`),
  })
  const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' })
  try {
    return await body(prisma)
  } catch (error) {
    throw fromPrisma(error)
  } finally {
    await prisma.$disconnect()
  }
}

/** No table, or no column, of the name the client knows: Prisma's codes for it. */
const NOT_MIGRATED = new Set(['P2021', 'P2022'])

function fromPrisma(error: unknown): unknown {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return error
  // Prisma's messages begin with an empty line and the call; the last line says what is wrong.
  const reason = messageOf(error).trim().split('\n').at(-1) ?? error.code
  const details = { prisma: error.code }
  if (NOT_MIGRATED.has(error.code)) {
    const instead = 'Apply the migrations first: `howdah migrate deploy`.'
    return new HowdahError('seed-refused', { reason, instead }, { details, cause: error })
  }
  const params = { what: 'seed', reason, sqlstate: sqlstateIn(error.meta) ?? error.code }
  return new HowdahError('statement-failed', params, { details, cause: error })
}

function sqlstateIn(meta: Prisma.PrismaClientKnownRequestError['meta']): string | undefined {
  const adapterError = meta?.driverAdapterError as { readonly cause?: { readonly originalCode?: unknown } }
  const code = adapterError?.cause?.originalCode
  return typeof code === 'string' ? code : undefined
}
