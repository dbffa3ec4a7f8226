import { describe, expect, test } from 'vitest'
import {
  readEngineScript,
  withEnumPlaces,
  withoutSchema,
  withoutStatements,
  withoutTransactions,
} from './engine-script.ts'

const SCRIPT = `/*
  Warnings:

  - You are about to drop; the é column.

*/
-- DropIndex
DROP INDEX "a;b";

-- CreateIndex
CREATE INDEX "é" ON "t"("x");

-- AlterTable
ALTER TABLE "t" ADD COLUMN "y" TEXT DEFAULT 'a;b';
`

describe('a script of the engine', () => {
  test('loses a statement with the comment above it, and keeps its warnings', async () => {
    const statements = await readEngineScript(SCRIPT)
    const left = withoutStatements(SCRIPT, statements, ({ index }) => index < 2)
    expect(left).toMatch(/^\/\*\n {2}Warnings:[^/]*\*\/\n\n-- AlterTable\nALTER TABLE [^\n]*\n$/)
    expect(withoutStatements(SCRIPT, statements, () => false)).toBe(SCRIPT)
  })

  test('loses its transactions and nothing else', async () => {
    const script = '-- AlterEnum\nBEGIN;\nCREATE TYPE "M" AS ENUM (\'BEGIN;\');\nCOMMIT;\n\n-- X\nSELECT 1;'
    expect(withoutTransactions(script, await readEngineScript(script))).toBe(
      '-- AlterEnum\nCREATE TYPE "M" AS ENUM (\'BEGIN;\');\n\n-- X\nSELECT 1;',
    )
  })

  test('loses the schema before a name, and no text that looks like it', async () => {
    const script =
      'ALTER TABLE "public"."t" ADD COLUMN "public" TEXT DEFAULT \'"public".x\'; CREATE INDEX i ON public.t ("public");'
    expect(await withoutSchema(script, 'public')).toBe(
      'ALTER TABLE "t" ADD COLUMN "public" TEXT DEFAULT \'"public".x\'; CREATE INDEX i ON t ("public");',
    )
  })

  test('of nothing stays nothing', async () => {
    expect(await withoutSchema('', 'public')).toBe('')
    expect(await readEngineScript('')).toEqual([])
  })

  test('puts enum values back where they were', async () => {
    const script =
      'ALTER TYPE "M" ADD VALUE \'a\';\nALTER TYPE "M" ADD VALUE \'c\';\nALTER TYPE "M" ADD VALUE \'e\';\n'
    const labels = { wanted: ['a', 'b', 'c', "d'", 'e'], present: ['b', "d'"] }
    expect(withEnumPlaces(script, await readEngineScript(script), () => labels)).toBe(
      "ALTER TYPE \"M\" ADD VALUE 'a' BEFORE 'b';\nALTER TYPE \"M\" ADD VALUE 'c' BEFORE 'd''';\nALTER TYPE \"M\" ADD VALUE 'e';\n",
    )
  })

  test('that is no SQL is refused with its place', async () => {
    await expect(readEngineScript('SELECT "a"b" FROM x')).rejects.toMatchObject({
      code: 'schema-engine-failed',
    })
  })
})
