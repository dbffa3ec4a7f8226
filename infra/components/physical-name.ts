import type { Estate } from './estate.ts'

/** What a resource with a name of its own is called at AWS: the component's logical name, behind the estate's prefix. */
export function physicalName({ prefix }: Estate, name: string): string {
  return name === prefix || name.startsWith(`${prefix}-`) ? name : `${prefix}-${name}`
}
