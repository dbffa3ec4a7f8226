import { identifierOf } from '../settings/names.ts'
import { type GuardRail, when } from './guard-rail.ts'

/** Where the data comes from. */
export const source: GuardRail = ({ settings, given }) => {
  const { database } = settings
  const { source } = database
  const origins =
    source.kind === 'pointInTime'
      ? [source.instance, source.resourceId, source.automatedBackupsArn].filter(
          origin => origin !== undefined,
        )
      : []
  return [
    ...when(
      source.kind === 'pointInTime' && origins.length !== 1,
      'howdah:database.source',
      'needs one of instance, resourceId (of an instance that is gone) and automatedBackupsArn (of another region), and no more',
    ),
    ...when(
      source.kind === 'pointInTime' && source.instance === identifierOf(settings),
      'howdah:database.generation',
      `must be raised: ${identifierOf(settings)} would be restored onto itself`,
    ),
    ...when(
      source.kind !== 'new' && given.has('howdah:database.name'),
      'howdah:database.name',
      `comes with the data of a source of kind ${source.kind}; leave it out`,
    ),
    ...when(
      source.kind !== 'new' && given.has('howdah:database.masterUsername'),
      'howdah:database.masterUsername',
      `comes with the data of a source of kind ${source.kind}; leave it out`,
    ),
    ...when(
      source.kind === 'replica' && source.of.endsWith(`:db:${identifierOf(settings)}`),
      'howdah:database.source',
      'names the instance itself',
    ),
    ...when(
      source.kind === 'replica' && settings.database.finalSnapshot,
      'howdah:database.finalSnapshot',
      'must be false while it follows another instance: AWS takes no last snapshot of a replica',
    ),
  ]
}
