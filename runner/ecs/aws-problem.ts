import { HowdahError, messageOf } from '../core/errors.ts'

/** What AWS's services call a request by somebody who may not make it. */
const REFUSALS = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'ExpiredToken',
  'BlockedException',
])

const INVALID = new Set([
  'ClientException',
  'InvalidParameterException',
  'PlatformUnknownException',
  'PlatformTaskDefinitionIncompatibilityException',
  'UnsupportedFeatureException',
])

const nameOf = (error: unknown) => (error instanceof Error ? error.name : '')

/** Whether a later attempt may go better: throttling, a fault of the service, or the way to it. */
export function isPassing(error: unknown): boolean {
  if (error instanceof HowdahError) return error.code === 'aws-failed'
  return (
    !REFUSALS.has(nameOf(error)) && !INVALID.has(nameOf(error)) && !isMissing(error) && !isCredentials(error)
  )
}

/** Whether the service says that there is no such thing. */
export const isMissing = (error: unknown) =>
  nameOf(error) === 'ResourceNotFoundException' || nameOf(error) === 'ClusterNotFoundException'

const isCredentials = (error: unknown) =>
  /^(CredentialsProviderError|TokenProviderError)$/.test(nameOf(error))

/** What a request to AWS failed of. @param action as a policy names it: `ecs:RunTask` */
export function awsProblem(action: string, cluster: string, error: unknown): HowdahError {
  if (error instanceof HowdahError) return error
  const reason = messageOf(error)
  const extras = { cause: error, details: { action, awsError: nameOf(error) } }
  if (isCredentials(error)) return new HowdahError('aws-credentials-missing', { reason }, extras)
  if (REFUSALS.has(nameOf(error))) return new HowdahError('aws-refused', { action, reason }, extras)
  if (nameOf(error) === 'ClusterNotFoundException')
    return new HowdahError('ecs-cluster-unknown', { cluster }, extras)
  if (INVALID.has(nameOf(error))) return new HowdahError('aws-request-invalid', { action, reason }, extras)
  return new HowdahError('aws-failed', { action, reason: reason || nameOf(error) }, extras)
}
