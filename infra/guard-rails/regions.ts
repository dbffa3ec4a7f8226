import { type GuardRail, when } from './guard-rail.ts'

/** The other region: that it is another, and that it is there for what goes to it. */
export const regions: GuardRail = ({ settings, given }) => {
  const { provider, platform, backups, replicas } = settings
  const { recoveryRegion } = platform
  const absent = 'is missing, which '
  return [
    ...when(
      recoveryRegion === provider.region,
      'howdah:recoveryRegion',
      `is aws:region (${provider.region}) itself: what ends the one ends the other`,
    ),
    ...when(
      recoveryRegion === undefined && replicas.recovery && given.has('howdah:replicas.recovery'),
      'howdah:recoveryRegion',
      `${absent}howdah:replicas.recovery needs`,
    ),
    ...when(
      recoveryRegion === undefined && backups.copyToRecoveryRegion,
      'howdah:recoveryRegion',
      `${absent}howdah:backups.copyToRecoveryRegion needs`,
    ),
    ...when(
      recoveryRegion === undefined && backups.replicateAutomatedBackups,
      'howdah:recoveryRegion',
      `${absent}howdah:backups.replicateAutomatedBackups needs`,
    ),
  ]
}
