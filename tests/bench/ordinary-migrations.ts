/**
 * A history as Prisma writes it, by path: each migration makes a table and an index, and every kind of change that is common
 * besides, three to six statements in all. The same number gives the same text. Without a `;` inside quotes, since the peer's
 * adapter splits there.
 */
export function ordinaryMigrations(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const name = `${20_200_101_000_000 + index}_change_${index}`
      return [`${name}/migration.sql`, `${statements(index).join('\n\n')}\n`]
    }),
  )
}

function statements(index: number): string[] {
  const table = `t_${index}`
  const before = `t_${index - 1}`
  const more = [
    `-- AlterTable\nALTER TABLE "${table}" ADD COLUMN     "description" TEXT,\nADD COLUMN     "position" INTEGER NOT NULL DEFAULT 0;`,
    `-- CreateIndex\nCREATE UNIQUE INDEX "${table}_email_key" ON "${table}"("email");`,
    `-- Data\nINSERT INTO "${table}" ("id", "email", "name") VALUES ('a', 'a@example.com', 'A'), ('b', 'b@example.com', 'B');`,
  ]
  const create = `-- CreateTable
CREATE TABLE "${table}" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "parent_id" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3),

    CONSTRAINT "${table}_pkey" PRIMARY KEY ("id")
);`
  const key = `-- AddForeignKey\nALTER TABLE "${table}" ADD CONSTRAINT "${table}_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "${index > 0 ? before : table}"("id") ON DELETE SET NULL ON UPDATE CASCADE;`
  const created = `-- CreateIndex\nCREATE INDEX "${table}_created_at_idx" ON "${table}"("created_at" DESC);`
  return [create, created, ...more.slice(0, index % 4), key]
}
