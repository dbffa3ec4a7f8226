import type { SchemaFile } from '../../runner/schema-engine/schema-files.ts'

/** A change of a Prisma schema: the history's script, and the schema it is to lead to. */
export interface SchemaChangeCase {
  readonly what: string
  readonly files: readonly SchemaFile[]
  /** What down.sql cannot do by itself. */
  readonly downProblems?: readonly string[]
}

const DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'

/** The history every case starts from, as Prisma writes it. */
export const BASE = `
CREATE TYPE "Mood" AS ENUM ('SAD', 'OK');
CREATE TABLE "users" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL, "mood" "Mood" NOT NULL DEFAULT 'OK', "age" INTEGER,
  "note" VARCHAR(50), CONSTRAINT "users_pkey" PRIMARY KEY ("id"));
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");
`

const ENUM = 'enum Mood {\n  SAD\n  OK\n}\n'
const FIELDS = [
  'id Int @id @default(autoincrement())',
  'email String @unique',
  'mood Mood @default(OK)',
  'age Int?',
  'note String? @db.VarChar(50)',
]

const users = (fields: readonly string[], name = 'users') => `model ${name} {\n  ${fields.join('\n  ')}\n}\n`

const one = (...parts: readonly string[]): SchemaFile[] => [
  { path: 'schema.prisma', content: [DATASOURCE, ...parts].join('\n') },
]

const changed = (from: string, to: string) => FIELDS.map(field => (field === from ? to : field))

export const SAME = one(ENUM, users(FIELDS))

export const SCHEMA_CHANGES: readonly SchemaChangeCase[] = [
  {
    what: 'a model more, with a relation',
    files: one(
      ENUM,
      users([...FIELDS, 'posts Post[]']),
      'model Post {\n  id String @id @default(uuid()) @db.Uuid\n  author_id Int\n  title String @default("it\'s; $$")\n  at DateTime @default(now())\n  author users @relation(fields: [author_id], references: [id], onDelete: Cascade)\n  @@index([author_id, at(sort: Desc)])\n}\n',
    ),
  },
  {
    what: 'an enum value more',
    files: one('enum Mood {\n  SAD\n  OK\n  GREAT\n}\n', users(FIELDS)),
  },
  {
    what: 'an enum value less',
    files: one('enum Mood {\n  OK\n}\n', users(FIELDS)),
  },
  {
    what: 'a default and a required column',
    files: one(ENUM, users(changed('age Int?', 'age Int @default(18)'))),
  },
  { what: 'a unique column', files: one(ENUM, users(changed('age Int?', 'age Int? @unique'))) },
  {
    what: 'another type',
    files: one(ENUM, users(changed('note String? @db.VarChar(50)', 'note String? @db.VarChar(20)'))),
  },
  {
    what: 'a column less',
    files: one(ENUM, users(FIELDS.filter(field => field !== 'age Int?'))),
  },
  {
    what: 'a required column less, whose rows nobody can give back',
    files: one(ENUM, users(FIELDS.filter(field => !field.startsWith('email')))),
    downProblems: ['column users.email comes back as required, and its rows have no value for it'],
  },
  {
    what: 'arrays, decimals, JSON and bytes',
    files: one(
      ENUM,
      users([
        ...FIELDS,
        'tags String[] @default(["a;b"])',
        'price Decimal? @db.Decimal(10, 2)',
        'extra Json?',
        'raw Bytes?',
        'big BigInt?',
      ]),
      '',
    ),
  },
  {
    what: 'names of the database by @map and @@map, hostile ones',
    files: one(
      ENUM,
      `model User {\n  ${[...FIELDS, 'nick String? @map("nick \'name\' ; é")'].join('\n  ')}\n  @@index([nick], map: "an index; of nick")\n  @@map("users")\n}\n`,
    ),
  },
  {
    what: 'a composite key and a table of a many-to-many relation',
    files: one(
      ENUM,
      users([...FIELDS, 'tags Tag[]']),
      'model Tag {\n  space String\n  name String\n  users users[]\n  id Int @unique\n  @@id([id])\n  @@unique([space, name])\n}\n',
    ).map(({ path, content }) => ({ path, content: content.replace('id Int @unique', 'id Int') })),
  },
  {
    what: 'several files',
    files: [
      { path: 'schema/base.prisma', content: DATASOURCE + ENUM },
      {
        path: 'schema/models/users.prisma',
        content: users([
          ...FIELDS,
          'city City? @relation(fields: [city_id], references: [id])',
          'city_id Int?',
        ]),
      },
      { path: 'schema/models/city.prisma', content: 'model City {\n  id Int @id\n  users users[]\n}\n' },
    ],
  },
  {
    what: 'GIN and hash indexes, and indexes by length of name',
    files: one(
      ENUM,
      users([
        ...FIELDS,
        'doc Json?',
        '@@index([doc(ops: JsonbPathOps)], type: Gin)',
        '@@index([note], type: Hash)',
      ]),
    ),
  },
  {
    what: 'a table in another schema of Postgres',
    files: [
      {
        path: 'schema.prisma',
        content: [
          'datasource db {\n  provider = "postgresql"\n  schemas = ["public", "other"]\n}\n',
          ENUM.replace('}', '  @@schema("public")\n}'),
          users([...FIELDS, 'posts Post[]', '@@schema("public")']),
          'model Post {\n  id Int @id\n  author_id Int\n  author users @relation(fields: [author_id], references: [id])\n  @@schema("other")\n}\n',
        ].join('\n'),
      },
    ],
    downProblems: ['schema other stays'],
  },
  { what: 'nothing left of the model but the enum', files: one(ENUM) },
]
