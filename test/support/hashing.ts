import crypto from "node:crypto"
import { vi } from "vitest"
import { HASH_SLOTS } from "../../src/domain/access/hash-slots.ts"

const { scrypt } = crypto

/** Hashes passwords at the lowest cost, because a real hash takes a fifth of a second, and two at once as in production. No slot rests. */
export function hashFast() {
  Object.assign(HASH_SLOTS, { max: 2, readingMax: 10, restMs: 0 })
  vi.spyOn(crypto, "scrypt").mockImplementation((password, salt, length, options, callback) =>
    scrypt(password, salt, length, { ...options, N: 2, p: 1 }, callback),
  )
}

/** Hashes passwords at the lowest cost, but with a delay, in which other requests act. */
export function hashLate(delayMs: number) {
  vi.mocked(crypto.scrypt).mockImplementation((password, salt, length, options, callback) => {
    setTimeout(() => scrypt(password, salt, length, { ...options, N: 2, p: 1 }, callback), delayMs)
  })
}

/** Lets any number of operations hash at once, for tests of races in the database. */
export function hashAllAtOnce() {
  Object.assign(HASH_SLOTS, { max: Number.POSITIVE_INFINITY, readingMax: Number.POSITIVE_INFINITY })
}

/** Hashes passwords as in production until the test ends. */
export function hashSlowly() {
  vi.mocked(crypto.scrypt).mockRestore()
}

/** Runs `interruption` while the next password is hashed, before the request that hashes it continues. */
export function interruptNextHash(interruption: () => Promise<unknown>) {
  vi.mocked(crypto.scrypt).mockImplementationOnce((password, salt, length, options, callback) => {
    void interruption().then(() => crypto.scrypt(password, salt, length, options, callback))
  })
}
