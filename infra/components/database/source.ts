import type * as aws from '@pulumi/aws'

/**
 * Where an instance's data comes from. It is decided at birth: changing it never touches an instance that is there, but for `promoted`, which says out loud
 * that a replica is to stand alone.
 */
export type DatabaseSource =
  | { readonly kind: 'new'; readonly databaseName: string; readonly masterUsername: string }
  | { readonly kind: 'snapshot'; readonly snapshot: string }
  | {
      readonly kind: 'pointInTime'
      readonly instance?: string | undefined
      readonly resourceId?: string | undefined
      readonly automatedBackupsArn?: string | undefined
      /** Absent: the latest that can be restored. */
      readonly time?: string | undefined
    }
  | { readonly kind: 'replica'; readonly of: string }
  | { readonly kind: 'promoted' }

type Birth = Pick<
  aws.rds.InstanceArgs,
  'dbName' | 'username' | 'snapshotIdentifier' | 'restoreToPointInTime' | 'replicateSourceDb' | 'engine'
>

export function bornFrom(source: DatabaseSource): Birth {
  switch (source.kind) {
    case 'new':
      return { engine: 'postgres', dbName: source.databaseName, username: source.masterUsername }
    case 'snapshot':
      return { engine: 'postgres', snapshotIdentifier: source.snapshot }
    case 'pointInTime':
      return {
        engine: 'postgres',
        restoreToPointInTime: {
          ...(source.instance !== undefined && { sourceDbInstanceIdentifier: source.instance }),
          ...(source.resourceId !== undefined && { sourceDbiResourceId: source.resourceId }),
          ...(source.automatedBackupsArn !== undefined && {
            sourceDbInstanceAutomatedBackupsArn: source.automatedBackupsArn,
          }),
          ...(source.time === undefined ? { useLatestRestorableTime: true } : { restoreTime: source.time }),
        },
      }
    case 'replica':
      return { replicateSourceDb: source.of }
    case 'promoted':
      return { engine: 'postgres' }
  }
}

/** What the provider is not to act on: taking `replicateSourceDb` away would promote without a word. */
export function settledAtBirth(source: DatabaseSource): string[] {
  const origins = ['snapshotIdentifier', 'restoreToPointInTime']
  return source.kind === 'promoted' ? origins : [...origins, 'replicateSourceDb']
}

/** A replica has the master user of the instance it follows, and its password. */
export const hasOwnMaster = (source: DatabaseSource) => source.kind !== 'replica'
