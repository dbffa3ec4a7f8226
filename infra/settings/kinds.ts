import { z } from 'zod'

/** Values arrive as text from `pulumi config set`, and as themselves from the YAML of a stack. */

const numberFromText = (value: unknown) =>
  typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value

const booleanFromText = (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value)

/** Lists and maps at the top level arrive as JSON. */
const valueFromText = (value: unknown): unknown => {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

export const integer = (min: number, max: number) => {
  const must = `must be a whole number from ${min} to ${max}`
  return z.preprocess(numberFromText, z.int(must).min(min, must).max(max, must))
}

export const flag = () => z.preprocess(booleanFromText, z.boolean('must be true or false'))

export const text = () => z.string('must be text').min(1, 'must not be empty').max(2000, 'must be shorter')

export const matching = (pattern: RegExp, what: string) =>
  z.string(`must be ${what}`).regex(pattern, `must be ${what}`)

export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`)

export const listOf = <S extends z.ZodType>(entry: S) =>
  z.preprocess(valueFromText, z.array(entry, 'must be a list'))

/** A map from texts to texts, as tags are. */
export const textMap = (key: z.ZodType<string, string>, value: z.ZodType<string>) =>
  z.preprocess(valueFromText, z.record(key, value, 'must be a map'))

export const awsRegion = () => matching(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region of AWS, as eu-central-1')

export const accountId = () =>
  z.preprocess(
    value => (typeof value === 'number' ? String(value).padStart(12, '0') : value),
    matching(/^\d{12}$/, 'an account of AWS: twelve digits'),
  )

export const arn = (service: string) =>
  matching(new RegExp(`^arn:aws:${service}:[a-z0-9-]*:\\d{12}:.+$`), `an ARN of ${service}`)

/** A zone as `eu-central-1a`, and the subnet that lies in it. */
export const subnetsByZone = () =>
  textMap(
    matching(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'a map from availability zones to subnets'),
    matching(/^subnet-[0-9a-f]{8,17}$/, 'the id of a subnet'),
  )

export const cidr = () =>
  matching(
    /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)(\.\d{1,3}){1,3}\/(1[6-9]|20)$/,
    'a private range of addresses from /16 to /20, as 10.64.0.0/16',
  )

/** `00:30-01:30`, in UTC. */
export const dailyWindow = () =>
  matching(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'a daily window in UTC, as 01:00-02:00')

/** `sun:03:00-sun:04:00`, in UTC. */
export const weeklyWindow = () =>
  z.preprocess(
    value => (typeof value === 'string' ? value.toLowerCase() : value),
    matching(
      /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
      'a weekly window in UTC, as sun:03:00-sun:04:00',
    ),
  )

/** What RDS takes as an identifier; 40 leaves room for what is added to it. */
export const instanceIdentifier = () =>
  matching(/^[a-z](?!.*--)[a-z0-9-]{0,62}(?<!-)$/, 'an identifier of a DB instance')

export const instanceClass = () =>
  matching(/^db\.[a-z0-9]+\.(\d*x?large|medium|small|micro)$/, 'an instance class of RDS, as db.r8g.large')
