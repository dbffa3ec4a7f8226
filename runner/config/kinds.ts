import { z } from 'zod'
import { Secret } from '../core/secret.ts'

/** Values arrive as text from the environment and flags, and as themselves from the configuration file. */

const numberFromText = (value: unknown) =>
  typeof value === 'string' && value.trim() !== '' ? Number(value) : value

const booleanFromText = (value: unknown) => {
  if (value === 'true' || value === '1' || value === 'yes') return true
  if (value === 'false' || value === '0' || value === 'no') return false
  return value
}

/** A flag given several times arrives as a list, each of which may hold several. */
export const listFromText = (value: unknown): unknown => {
  if (typeof value === 'string') return value.split(',').map(part => part.trim())
  return Array.isArray(value) ? value.flatMap(listFromText) : value
}

export const integer = (min: number, max: number) =>
  z.preprocess(
    numberFromText,
    z.number(`must be a whole number from ${min} to ${max}`).int().min(min).max(max),
  )

export const flag = () => z.preprocess(booleanFromText, z.boolean('must be true or false'))

export const text = () => z.string('must be text').min(1, 'must not be empty')

export const secretText = () =>
  z
    .string('must be text')
    .min(1, 'must not be empty')
    .transform(value => new Secret(value))

/** Secrets separated by commas, or a list of them; a comma within one is written %2C, as URLs allow. */
export const secretTexts = () =>
  z.preprocess(
    listFromText,
    z.array(secretText(), 'must be text, or a list of texts').min(1, 'must name at least one'),
  )

/** Identifiers of instances of RDS, separated by commas, or a list of them; AWS keeps them in small letters. */
export const rdsInstances = () =>
  z.preprocess(
    listFromText,
    z
      .array(
        z
          .string('must be text')
          .regex(
            /^[a-z](?!.*--)[a-z0-9-]{0,62}(?<!-)$/i,
            'must be a DB instance identifier, not an ARN or an address',
          )
          .transform(value => value.toLowerCase()),
        'must be text, or a list of texts',
      )
      .min(1, 'must name at least one')
      .max(100, 'must name at most 100'),
  )

/** Texts separated by commas, or a list of them. */
export const texts = () =>
  z.preprocess(
    listFromText,
    z.array(text(), 'must be text, or a list of texts').min(1, 'must name at least one'),
  )

export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`)

export const port = () => integer(0, 65_535)

/** A wait with an upper bound: milliseconds, at most a day. */
export const milliseconds = (min = 0) => integer(min, 86_400_000)
