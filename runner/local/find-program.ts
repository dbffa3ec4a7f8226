import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Debian puts servers where an ordinary user's path does not look. */
const MORE_PLACES = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']

/** The first of these programs that can be run; `undefined` where none can. */
export async function findProgram(
  names: readonly string[],
  path: string,
  morePlaces: readonly string[] = MORE_PLACES,
): Promise<string | undefined> {
  for (const folder of [...path.split(delimiter), ...morePlaces].filter(Boolean)) {
    for (const name of names) {
      const program = join(folder, name)
      const runs = await access(program, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (runs) return program
    }
  }
  return undefined
}
