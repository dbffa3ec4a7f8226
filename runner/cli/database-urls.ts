import type { Config } from '../config/settings.ts'
import { HowdahError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { parseDatabaseUrl } from '../postgres/database-url.ts'

/** A connection URL and the setting it came from. */
export interface ConfiguredUrl {
  readonly url: Secret
  readonly setting: string
}

/** The address for work that needs a session of its own: migrations, metrics. @throws HowdahError database-url-missing */
export function directUrl(config: Config): ConfiguredUrl {
  return config.directUrl ? { url: config.directUrl, setting: 'directUrl' } : applicationUrl(config)
}

/** The address the application uses, a pooler's perhaps. @throws HowdahError database-url-missing */
export function applicationUrl(config: Config): ConfiguredUrl {
  if (config.databaseUrl) return { url: config.databaseUrl, setting: 'databaseUrl' }
  if (config.directUrl) return { url: config.directUrl, setting: 'directUrl' }
  throw new HowdahError('database-url-missing', {})
}

/** The schema that the URL names; without a URL the one that Prisma takes then. @throws HowdahError database-url-invalid */
export function schemaOfUrl(config: Config): string {
  if (!config.directUrl && !config.databaseUrl) return 'public'
  const { url, setting } = directUrl(config)
  return parseDatabaseUrl(url, setting).schema
}
