import { accountId, awsRegion, choice, flag, listOf, matching, text, textMap } from '../kinds.ts'
import { defaulted, optional, required } from '../setting.ts'
import { TIER_NAMES } from '../tiers.ts'

/** Settings of the provider that the program reads as well: `aws:region`. */
export const PROVIDER = {
  region: required(awsRegion(), 'Where the platform lives.'),
  allowedAccountIds: required(
    listOf(accountId()).refine(ids => ids.length === 1, 'must name exactly one account'),
    'The account it lives in, as a list of one: the provider refuses every other, so that no stack is ever put into the account of another.',
  ),
}

/** Settings at the top: `howdah:tier`. */
export const PLATFORM = {
  application: required(
    matching(/^[a-z](?!.*--)[a-z0-9-]{1,18}[a-z0-9]$/, 'a name of 3 to 20 small letters, digits and dashes'),
    'Short name of the application; names at AWS begin with it.',
  ),
  environment: optional(
    matching(/^[a-z](?!.*--)[a-z0-9-]{0,13}[a-z0-9]$/, 'a name of 2 to 15 small letters, digits and dashes'),
    'Second part of the names. Absent: the name of the stack.',
  ),
  tier: required(
    choice(...TIER_NAMES),
    'The recovery objectives (bronze, silver, gold), which decide every default below.',
  ),
  production: defaulted(
    flag(),
    ({ tier }) => tier !== 'bronze',
    'Whether people depend on it: deletion is guarded in two ways, and what is merely cheap is refused.',
  ),
  recoveryRegion: optional(
    awsRegion(),
    'Where copies go, and a replica where there is one. Silver and gold need it. Absent: nowhere.',
  ),
  owner: required(text(), 'Who is asked about it: a team or an address, a tag of every resource.'),
  dataClass: defaulted(
    choice('public', 'internal', 'confidential', 'restricted'),
    'confidential',
    'How sensitive the data is, a tag of every resource.',
  ),
  started: defaulted(
    flag(),
    true,
    'Whether poolers and runner run. `false` for the first `pulumi up`, until images are in the registry and secrets have values: without them no task starts.',
  ),
  tags: defaulted(
    textMap(matching(/^(?!aws:)[\w .:/=+@-]{1,128}$/, 'a key of a tag'), text()),
    {},
    'Further tags of every resource.',
  ),
}
