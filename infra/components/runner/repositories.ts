import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'

/** Images that can be gone back to. */
const KEPT_IMAGES = 50
/** Layers that no tag names any more. */
const KEPT_UNTAGGED_DAYS = 7

export interface RepositoryTransforms {
  readonly repository?: Transform<aws.ecr.RepositoryArgs>
  readonly lifecyclePolicy?: Transform<aws.ecr.LifecyclePolicyArgs>
}

/** `1.4.2` or `sha256:…` of a repository, or a whole reference of another one. */
export function imageIn(repositoryUrl: pulumi.Input<string>, image: string): pulumi.Output<string> {
  if (image.includes('/')) return pulumi.output(image)
  return pulumi.interpolate`${repositoryUrl}${image.startsWith('sha256:') ? '@' : ':'}${image}`
}

/** Where images are kept: a tag means the same image for ever, and each is scanned as it arrives. */
export function registerRepository(
  name: string,
  args: { readonly estate: Estate; readonly image: string; readonly keyArn: pulumi.Input<string> },
  transform: RepositoryTransforms | undefined,
  parent: pulumi.Resource,
): aws.ecr.Repository {
  const repository = new aws.ecr.Repository(
    name,
    ...transformed<aws.ecr.RepositoryArgs>(
      transform?.repository,
      {
        name: `${args.estate.prefix}/${args.image}`,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey: args.keyArn }],
        forceDelete: !args.estate.production,
        tags: { ...args.estate.tags },
      },
      { parent, protect: args.estate.production, retainOnDelete: args.estate.production },
    ),
  )
  const expire = (rulePriority: number, description: string, selection: object) => ({
    rulePriority,
    description,
    selection,
    action: { type: 'expire' },
  })
  new aws.ecr.LifecyclePolicy(
    `${name}-lifecycle`,
    ...transformed<aws.ecr.LifecyclePolicyArgs>(
      transform?.lifecyclePolicy,
      {
        repository: repository.name,
        policy: pulumi.jsonStringify({
          rules: [
            expire(1, `Untagged for ${KEPT_UNTAGGED_DAYS} days`, {
              tagStatus: 'untagged',
              countType: 'sinceImagePushed',
              countUnit: 'days',
              countNumber: KEPT_UNTAGGED_DAYS,
            }),
            expire(2, `All but the newest ${KEPT_IMAGES}`, {
              tagStatus: 'any',
              countType: 'imageCountMoreThan',
              countNumber: KEPT_IMAGES,
            }),
          ],
        }),
      },
      { parent },
    ),
  )
  return repository
}
