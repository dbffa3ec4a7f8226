import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { demoData } from './demo-data.ts'

const digest = (seed: number) =>
  createHash('sha256')
    .update(JSON.stringify(demoData(seed)))
    .digest('hex')

test('a seed always makes the same demo, and another seed another one', () => {
  expect(digest(1)).toBe(digest(1))
  expect(digest(2)).not.toBe(digest(1))
})

test.each([1, 2, 3, 4, 5])('the demo of seed %i has the numbers of the document', seed => {
  const data = demoData(seed)
  expect(data.users).toHaveLength(50)
  expect(data.tags).toHaveLength(16)
  expect(data.follows).toHaveLength(100)
  expect(data.favorites).toHaveLength(200)
  const perUser = data.users.map(user => data.workbooks.filter(each => each.author_id === user.id).length)
  expect(Math.min(...perUser)).toBeGreaterThanOrEqual(1)
  expect(Math.max(...perUser)).toBeLessThanOrEqual(5)
})

test.each([1, 2, 3, 4, 5])('usernames of seed %i are ones the application accepts, and distinct', seed => {
  const names = demoData(seed).users.map(user => user.username)
  for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{3,50}$/)
  expect(new Set(names).size).toBe(50)
})

test('counters of a workbook say what its rows say', () => {
  const { workbooks, favorites, views } = demoData(1)
  for (const { id, favorite_count, view_count } of workbooks) {
    expect(favorite_count).toBe(favorites.filter(each => each.workbook_id === id).length)
    expect(view_count).toBe(views.filter(each => each.workbook_id === id).length)
  }
})

test('no token of the demo opens anything', () => {
  for (const token of demoData(1).tokens) {
    expect(token.is_revoked).toBe(true)
    expect(new Date(token.expires_at).getTime()).toBeLessThan(Date.UTC(2026, 0, 1))
  }
})
