import { accountId, arn, cidr, flag, integer, listOf, matching, subnetsByZone } from '../kinds.ts'
import { defaulted, inProduction, optional } from '../setting.ts'

const vpcId = () => matching(/^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC')

/** Settings below `howdah:network`. */
export const NETWORK = {
  cidr: defaulted(cidr(), '10.64.0.0/16', 'Addresses of the new VPC; unused where `vpcId` names one.'),
  zones: defaulted(
    listOf(matching(/^[a-f]$/, 'the letter of an availability zone')).refine(
      zones => zones.length >= 2 && zones.length <= 6 && new Set(zones).size === zones.length,
      'must name 2 to 6 different zones',
    ),
    ['a', 'b', 'c'],
    'Availability zones of the new VPC, by the letter behind the region.',
  ),
  vpcId: optional(vpcId(), 'An existing VPC to live in. Absent: a new one without a way to the internet.'),
  databaseSubnets: optional(
    subnetsByZone(),
    'Subnets of the existing VPC for the database, by zone. They must have no route to an internet gateway.',
  ),
  applicationSubnets: optional(
    subnetsByZone(),
    'Subnets of the existing VPC for pooler and runner, by zone. Absent: those of the database.',
  ),
  endpoints: optional(
    flag(),
    'Whether endpoints for the services of AWS are made. Absent: in a new VPC, which has no other way out.',
  ),
  flowLogs: defaulted(
    flag(),
    inProduction(true, false),
    'Whether who talked to whom in a new VPC is kept in CloudWatch.',
  ),
  flowLogRetentionDays: defaulted(integer(1, 3653), inProduction(365, 7), 'How long that is kept, in days.'),
  recoveryCidr: defaulted(
    cidr(),
    '10.65.0.0/16',
    'Addresses of the new VPC in the recovery region; made only where something lives there.',
  ),
  recoveryVpcId: optional(
    vpcId(),
    'An existing VPC of the recovery region. Absent: a new one, when one is needed.',
  ),
  recoverySubnets: optional(subnetsByZone(), 'Subnets of that VPC for the database, by zone.'),
}

/** Settings below `howdah:keys`. */
export const KEYS = {
  administrators: defaulted(
    listOf(arn('iam')),
    [],
    'Roles that may administer the keys, as ARNs. Empty: whoever the policies of the account allow.',
  ),
  rotationDays: defaulted(integer(90, 2560), 365, 'How often the material of the keys is rotated, in days.'),
  deletionWindowDays: defaulted(
    integer(7, 30),
    inProduction(30, 7),
    'How long a deleted key can be called back, in days: without it, all it encrypted is gone.',
  ),
  backupAccountId: optional(
    accountId(),
    'Another account that receives copies of backups: it may use the keys of data and backups.',
  ),
}
