import type { Estate } from '../components/estate.ts'
import type { Settings } from '../settings/settings.ts'
import { spokenDuration, TIERS } from '../settings/tiers.ts'

/** What every component is told of the platform, with the tags that say what is promised of it. */
export function estateOf({ platform, provider, environment }: Settings): Estate {
  const { application, tier, production, recoveryRegion } = platform
  const { inRegion } = TIERS[tier]
  return {
    application,
    environment,
    prefix: `${application}-${environment}`,
    production,
    region: provider.region,
    recoveryRegion,
    tags: {
      ...platform.tags,
      application,
      environment,
      owner: platform.owner,
      'data-class': platform.dataClass,
      tier,
      rpo: spokenDuration(inRegion.rpoSeconds),
      rto: spokenDuration(inRegion.rtoSeconds),
      'managed-by': 'howdah',
    },
  }
}

/** The one account there is: the provider refuses every other. */
export const accountOf = ({ provider }: Settings): string => provider.allowedAccountIds[0] ?? ''
