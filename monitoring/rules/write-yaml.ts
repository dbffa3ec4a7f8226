import { Document, visit } from 'yaml'

/** What our files are made of. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined }

/** Block YAML for people to read: texts are quoted, and those with quotes of their own, as PromQL has, stand in literal blocks. */
export function writeYaml(value: YamlValue): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (key, scalar) => {
      const text = key === 'key' ? '' : String(scalar.value)
      if (text.includes('"') && text.trim() === text) scalar.type = 'BLOCK_LITERAL'
    },
  })
  return document.toString({ lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' })
}
