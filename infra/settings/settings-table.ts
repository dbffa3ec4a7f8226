import type { Facts, Setting } from './setting.ts'
import { GROUP_NAMES, GROUPS, type GroupName, keyOf } from './settings.ts'
import { spokenDuration, TIER_NAMES, TIERS, type Tier } from './tiers.ts'

const factsOf = (tier: Tier): Facts => ({
  tier,
  production: tier !== 'bronze',
  application: 'shop',
  region: 'eu-central-1',
  recoveryRegion: tier === 'bronze' ? undefined : 'eu-west-1',
})

/** Every setting with its defaults, as Markdown: one table for all, by key. */
export function stackSettingsTable(): string {
  const rows = GROUP_NAMES.flatMap(group =>
    Object.entries(GROUPS[group] as Readonly<Record<string, Setting>>).map(([name, setting]) =>
      row(group, name, setting),
    ),
  )
  return [
    '| setting | bronze | silver | gold | what it does |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function row(group: GroupName, name: string, setting: Setting): string {
  const defaults = TIER_NAMES.map(tier => shown(setting, tier))
  return `| \`${keyOf(group, name)}\` | ${defaults.join(' | ')} | ${setting.help} |`
}

function shown(setting: Setting, tier: Tier): string {
  if (setting.kind === 'required') return 'required'
  if (setting.kind === 'optional') return ''
  const value = setting.fallback(factsOf(tier))
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(each => `\`${each}\``).join(' ')
  if (typeof value === 'object' && value !== null) {
    return 'kind' in value ? `\`${String(value.kind)}\`` : 'none'
  }
  return `\`${String(value)}\``
}

/** What each tier promises, as Markdown. */
export function tiersTable(): string {
  const objective = (promise: { rpoSeconds: number; rtoSeconds: number } | undefined) =>
    promise ? `${spokenDuration(promise.rpoSeconds)}, ${spokenDuration(promise.rtoSeconds)}` : 'nothing'
  const rows = TIER_NAMES.map(tier => {
    const { inRegion, otherRegion, verifiedWithinDays } = TIERS[tier]
    const verified = verifiedWithinDays === undefined ? 'nothing' : `${verifiedWithinDays} days`
    return `| ${tier} | ${objective(inRegion)} | ${objective(otherRegion)} | ${verified} |`
  })
  return [
    '| tier | instance or data lost: may be lost, back within | region lost: may be lost, back within | a restore proved within |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}
