import { expect, test } from 'vitest'
import { Secret } from '../core/secret.ts'
import { generatePassword, hashPassword, verifyPassword } from './password.ts'

test('a generated password has four kinds of characters and none that are taken for one another', () => {
  const made = Array.from({ length: 200 }, () => generatePassword().reveal())
  expect(new Set(made).size).toBe(200)
  for (const password of made) {
    expect(password).toMatch(/^[a-km-np-zA-HJ-NP-Z2-9]{5}(-[a-km-np-zA-HJ-NP-Z2-9]{5}){3}$/)
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /-/]) expect(password).toMatch(kind)
  }
})

test('a hash is bcrypt of the cost asked for, and only its own password matches', async () => {
  const encoded = await hashPassword(new Secret('Correct-horse-1'), 4)
  expect(encoded).toMatch(/^\$2[aby]\$04\$/)
  expect(await verifyPassword(new Secret('Correct-horse-1'), encoded)).toBe(true)
  expect(await verifyPassword(new Secret('Correct-horse-2'), encoded)).toBe(false)
})

test('a text that is no hash is nobody’s password', async () => {
  expect(await verifyPassword(new Secret('!load'), '!load')).toBe(false)
})

test('a password of which bcrypt would read only the beginning is refused', async () => {
  await expect(hashPassword(new Secret('x'.repeat(73)), 4)).rejects.toMatchObject({
    code: 'settings-invalid',
  })
  await expect(hashPassword(new Secret('é'.repeat(37)), 4)).rejects.toMatchObject({
    code: 'settings-invalid',
  })
  await expect(hashPassword(new Secret('x'.repeat(72)), 4)).resolves.toBeTypeOf('string')
})
