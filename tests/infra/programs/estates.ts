import type { Estate } from '../../../infra/components/estate.ts'

const tags = { 'howdah:application': 'shop', 'howdah:environment': 'prod' }

export const PRODUCTION: Estate = {
  application: 'shop',
  environment: 'prod',
  prefix: 'shop-prod',
  production: true,
  region: 'eu-central-1',
  recoveryRegion: 'eu-west-1',
  tags,
}

export const DEVELOPMENT: Estate = {
  ...PRODUCTION,
  environment: 'dev',
  prefix: 'shop-dev',
  production: false,
  recoveryRegion: undefined,
}

export const ACCOUNT = '123456789012'
export const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`
export const LOGS_KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/66666666-7777-8888-9999-000000000000`
export const secretArn = (name: string) =>
  `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:shop-prod/${name}-AbCdEf`
