/** Who listens on a TCP port of this machine, for a message. */
export async function describePortHolder(_port: number): Promise<string> {
  return 'another process'
}
