export { type DiagnoseOptions, type Diagnosis, diagnose } from './diagnose.ts'
export type { Page, Section } from './page.ts'
export { readPage, readPages } from './read-pages.ts'
