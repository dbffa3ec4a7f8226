import { RunError } from '@pulumi/pulumi'

/** What is wrong with one setting. */
export interface Problem {
  /** Its key: `howdah:database.port`. */
  readonly key: string
  /** What is wrong, and what to do. */
  readonly message: string
}

/** Settings of a stack that cannot be; says all that is wrong at once. Nothing has been registered then. */
export class SettingsError extends RunError {
  readonly problems: readonly Problem[]

  constructor(stack: string, problems: readonly Problem[]) {
    const lines = problems.map(({ key, message }) => `  ${key}: ${message}`)
    super(
      [
        `The settings of stack ${stack} cannot be used, and nothing was changed:`,
        ...lines,
        `Change them in Pulumi.${stack}.yaml, or with: pulumi config set --path <key> <value>`,
      ].join('\n'),
    )
    this.name = 'SettingsError'
    this.problems = problems
  }
}
