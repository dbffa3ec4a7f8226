import { type GuardRail, when } from './guard-rail.ts'

/** Tags that the platform sets itself: policies and backup plans go by them. */
const OWN_TAGS = [
  'application',
  'environment',
  'owner',
  'data-class',
  'tier',
  'rpo',
  'rto',
  'managed-by',
  'backup-tier',
]
/** What names of load balancers and target groups leave for the prefix. */
const LONGEST_PREFIX = 28

/** Names and tags. */
export const identity: GuardRail = ({ settings: { platform, environment, runner } }) => {
  const prefix = `${platform.application}-${environment}`
  return [
    ...when(
      !/^[a-z](?!.*--)[a-z0-9-]*[a-z0-9]$/.test(environment),
      'howdah:environment',
      `${environment}, the name of the stack, cannot be part of names at AWS; set one of small letters, digits and dashes`,
    ),
    ...when(
      prefix.length > LONGEST_PREFIX,
      'howdah:application',
      `${prefix} has ${prefix.length} characters; names at AWS leave ${LONGEST_PREFIX}`,
    ),
    ...OWN_TAGS.filter(tag => Object.hasOwn(platform.tags, tag)).flatMap(tag =>
      when(true, 'howdah:tags', `${tag} is set by the platform itself`),
    ),
    ...when(
      runner.ciRepository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(runner.ciRepository),
      'howdah:runner.ciRepository',
      'must be owner/name',
    ),
    ...when(
      runner.ciRepository !== undefined && runner.ciRefs.some(ref => ref === '*' || ref === 'refs/*'),
      'howdah:runner.ciRefs',
      'must not be every branch: whoever can open a pull request could migrate the database',
    ),
  ]
}
