/** The document's CHECK constraints, each with values it must refuse and values it must accept. */
export interface ConstraintCase {
  constraint: string
  /** Inserts one row that is good but for `$1`. */
  insert: string
  refuses: string[]
  accepts: string[]
}

const insertUser = (username: string, email: string) =>
  `INSERT INTO users (id, username, email, password_hash, updated_at)
   VALUES (gen_random_uuid()::text, ${username}, ${email}, 'x', now())`

const insertWorkbook = (title: string, url: string) =>
  `WITH author AS (${insertUser("'author'", "'author@example.com'")} RETURNING id)
   INSERT INTO workbooks (id, title, sigma_embed_url, author_id, updated_at)
   SELECT gen_random_uuid()::text, ${title}, ${url}, id, now() FROM author`

export const constraintCases: readonly ConstraintCase[] = [
  {
    constraint: 'check_username_format',
    insert: insertUser('$1', "'someone@example.com'"),
    refuses: ['', 'ab', 'with space', 'dot.ted', 'naïve', 'line\nbreak'],
    accepts: ['abc', 'A_b-9', 'x'.repeat(50)],
  },
  {
    constraint: 'check_email_format',
    insert: insertUser("'someone'", '$1'),
    refuses: ['', 'no-at.example.com', 'a@no-dot', 'two@at@example.com', 'sp ace@example.com'],
    accepts: ['a@b.c', 'First.Last+tag@mail.example.com'],
  },
  {
    // The other half of the check, 200 characters at most, is never reached: VARCHAR(200) refuses first.
    constraint: 'check_title_length',
    insert: insertWorkbook('$1', "'https://app.sigma.com/embed/1'"),
    refuses: [''],
    accepts: ['x', 'ü'.repeat(200)],
  },
  {
    constraint: 'check_embed_url_format',
    insert: insertWorkbook("'A title'", '$1'),
    refuses: [
      '',
      'http://app.sigma.com/embed/1',
      'https://app.example.com/embed/1',
      'https://app.sigma.com/edit/1',
    ],
    accepts: ['https://app.sigma.com/embed/1', 'https://sigma.example/public/1', 'https://x.sigma.io/viz/1'],
  },
  {
    constraint: 'check_tag_name_format',
    insert: 'INSERT INTO tags (name, updated_at) VALUES ($1, now())',
    refuses: ['', 'C++', 'under_score'],
    accepts: ['HR', 'Data Visualization', 'Top-10'],
  },
]
