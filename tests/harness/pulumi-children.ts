import { type Registered, registrationsOf } from './pulumi-registrations.ts'

/** What a program registers but components, as `name: Type`. */
export const children = (run: Registered): string[] =>
  run.registrations
    .filter(({ custom }) => custom)
    .map(({ type, name }) => `${name}: ${type.split(':').at(-1)}`)
    .sort()

/** What a program was refused for, as a person reads it. */
export async function refusalOf(program: () => unknown): Promise<string> {
  const outcome: unknown = await registrationsOf(program).then(
    () => 'nothing was refused',
    error => error,
  )
  return outcome instanceof Error ? outcome.message : String(outcome)
}

/** Runs a program once for all tests that look at what it registers. */
export function standing(program: () => unknown): () => Promise<Registered> {
  let run: Promise<Registered> | undefined
  return () => {
    run ??= registrationsOf(program)
    return run
  }
}
