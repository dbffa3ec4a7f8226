import { createHash } from 'node:crypto'

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest()

/** SHA-256 of the text as read, in lower-case hex: what Prisma writes into `_prisma_migrations.checksum`. */
export function checksum(text: string): string {
  return sha256(text).toString('hex')
}

/**
 * Whether a recorded checksum is that of a file. Prisma accepts the file as it is and with either kind of line end;
 * rows of old versions hold hex without leading zeros in each byte, and so are shorter than 64 characters.
 * Source: prisma-engines, schema-connector/src/checksum.rs.
 */
export function matchesChecksum(text: string, recorded: string): boolean {
  const unix = text.replaceAll('\r\n', '\n')
  return [text, unix, text.replaceAll('\n', '\r\n')].some(variant => {
    const digest = sha256(variant)
    if (recorded.length === 64) return digest.toString('hex') === recorded
    return [...digest].map(byte => byte.toString(16)).join('') === recorded
  })
}
