import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { ECR_REPOSITORY } from './resource-types.ts'

/** Source: Security Hub, ECR.1; AWS Config rule ecr-private-image-scanning-enabled, read 2026-11-20. */
export const ecrScanning: Control = {
  key: 'ecr-scanning',
  ids: ['ECR.1'],
  title: 'ECR private repositories should have image scanning configured',
  severity: 'high',
  remedy: '`imageScanningConfiguration.scanOnPush: true`',
  ...eachOf([ECR_REPOSITORY], repository =>
    must(
      repository,
      'imageScanningConfiguration.scanOnPush',
      value => value === true,
      'images are not scanned when they are pushed',
    ),
  ),
  mutant: setting(ECR_REPOSITORY, { imageScanningConfiguration: { scanOnPush: false } }),
  enforcement: everywhere,
}
