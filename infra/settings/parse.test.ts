import { describe, expect, test } from 'vitest'
import { parseSettings } from './parse.ts'
import { SettingsError } from './settings-error.ts'

const LEAST = {
  'aws:region': 'eu-central-1',
  'aws:allowedAccountIds': '["333344445555"]',
  'howdah:application': 'shop',
  'howdah:tier': 'gold',
  'howdah:owner': 'team',
}

function problemsOf(config: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  try {
    parseSettings('prod', config)
    return []
  } catch (error) {
    if (error instanceof SettingsError)
      return error.problems.map(({ key, message }) => [key, message] as const)
    throw error
  }
}

describe('settings', () => {
  test('follow from the tier where the stack says nothing', () => {
    const of = (tier: string) => parseSettings('prod', { ...LEAST, 'howdah:tier': tier }).settings
    expect([
      of('bronze').database.multiAz,
      of('silver').database.multiAz,
      of('gold').database.multiAz,
    ]).toEqual([false, true, true])
    expect(of('bronze').platform.production).toBe(false)
    expect(of('bronze').database.port).toBe(5432)
    expect(of('gold').database.port).toBe(5433)
    expect(of('gold').replicas.recovery).toBe(true)
    expect(of('gold').environment).toBe('prod')
  })

  test('follow from what the stack says before the tier', () => {
    const { settings, given } = parseSettings('prod', {
      ...LEAST,
      'howdah:production': 'false',
      'howdah:environment': 'try',
      'howdah:database': '{"backupRetentionDays":3,"multiAz":"false","port":"5555"}',
    })
    expect(settings.database).toMatchObject({ backupRetentionDays: 3, multiAz: false, port: 5555 })
    expect(settings.database.deletionProtection).toBe(false)
    expect(settings.environment).toBe('try')
    expect(given.has('howdah:database.port')).toBe(true)
    expect(given.has('howdah:database.backupWindow')).toBe(false)
  })

  test('are refused all at once, each by its key', () => {
    const problems = problemsOf({
      'aws:region': 'europe',
      'aws:allowedAccountIds': '["333344445555","111122223333"]',
      'howdah:application': 'Shop!',
      'howdah:tier': 'platinum',
      'howdah:database':
        '{"port":80,"backupWindow":"1-2","source":{"kind":"snapshot"},"parameters":{"NAME":"1"}}',
      'howdah:replicas': '3',
    })
    expect(problems.map(([key]) => key)).toEqual([
      'howdah:replicas',
      'aws:region',
      'aws:allowedAccountIds',
      'howdah:application',
      'howdah:tier',
      'howdah:database.port',
      'howdah:database.backupWindow',
      'howdah:database.source.snapshot',
      'howdah:database.parameters.NAME',
      'howdah:owner',
    ])
  })

  test('that do not exist are refused with the one that was meant', () => {
    expect(
      problemsOf({
        ...LEAST,
        'howdah:teir': 'gold',
        'howdah:databse': '{}',
        'howdah:database': '{"multiAZ":true,"instance_class":"db.r8g.large","colour":"red"}',
      }),
    ).toEqual([
      ['howdah:teir', 'is no setting; did you mean howdah:tier?'],
      ['howdah:databse', 'is no setting; did you mean howdah:database?'],
      ['howdah:database.multiAZ', 'is no setting; did you mean howdah:database.multiAz?'],
      ['howdah:database.instance_class', 'is no setting; did you mean howdah:database.instanceClass?'],
      ['howdah:database.colour', 'is no setting'],
    ])
  })

  test('of other programs and of the provider are left alone', () => {
    expect(problemsOf({ ...LEAST, 'aws:profile': 'p', 'other:database': '1' })).toEqual([])
  })

  test('that are missing are said with what they are', () => {
    expect(problemsOf({}).map(([key]) => key)).toEqual([
      'aws:region',
      'aws:allowedAccountIds',
      'howdah:application',
      'howdah:tier',
      'howdah:owner',
    ])
  })

  test.each([
    ['new', { kind: 'new' }],
    ['{"kind":"snapshot","snapshot":"s"}', { kind: 'snapshot', snapshot: 's' }],
    ['{"kind":"promoted"}', { kind: 'promoted' }],
    [
      '{"kind":"pointInTime","instance":"shop-prod-g1","time":"2027-01-31T12:00:00Z"}',
      { kind: 'pointInTime', instance: 'shop-prod-g1', time: '2027-01-31T12:00:00Z' },
    ],
  ])('a source may be %s', (written, source) => {
    const json = written.startsWith('{') ? written : JSON.stringify(written)
    const config = { ...LEAST, 'howdah:database': `{"source":${json}}` }
    expect(parseSettings('prod', config).settings.database.source).toEqual(source)
  })

  test('keys like those of objects themselves are no settings', () => {
    expect(problemsOf({ ...LEAST, 'howdah:constructor': '1', 'howdah:database': '{"toString":1}' })).toEqual([
      ['howdah:constructor', 'is no setting'],
      ['howdah:database.toString', 'is no setting'],
    ])
  })
})
