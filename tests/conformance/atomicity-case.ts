/** A migration file as its statements, and how they are written down. */
export interface AtomicityCase {
  readonly name: string
  readonly statements: readonly string[]
  /** Joins them to a file; a semicolon and a line end behind each is the default. */
  readonly write?: (statements: readonly string[]) => string
}

const plain = (statements: readonly string[]) => statements.map(text => `${text};\n`).join('')
/** Line ends of Windows, those inside of bodies included. */
export const onWindows = ({ name, statements }: AtomicityCase): AtomicityCase => {
  const crlf = (text: string) => text.replaceAll('\n', '\r\n')
  return { name, statements: statements.map(crlf), write: all => all.map(text => `${text};\r\n`).join('') }
}
export const wrapped = (begin: string, end: string) => (statements: readonly string[]) =>
  `${begin};\n${plain(statements)}${end};\n`
export const commented = (statements: readonly string[]) =>
  `-- first; of all\n${statements.map((text, i) => `/* ${i}; /* nested; */ */ ${text} -- then; this\n;`).join('\n\n')}\n-- the end;`
export const oneLine = (statements: readonly string[]) => statements.join(';')
export const spaced = (statements: readonly string[]) => `\n\n;;${statements.join('\t;\n\n;  ')};;\n`

/** A body full of semicolons. */
export const FUNCTION = `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  NEW.name := NEW.name || ';'; -- a semicolon; and another
  RETURN NEW;
END;
$fn$`

/** A statement put in at position `k`. */
export interface Forced {
  readonly k: number
  readonly text: string
}

/** The file with all its statements, and with one more put in. */
export function fileOf({ statements, write = plain }: AtomicityCase, forced?: Forced): string {
  return write(forced ? statements.toSpliced(forced.k, 0, forced.text) : statements)
}
