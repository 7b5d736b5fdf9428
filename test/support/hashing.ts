import crypto from "node:crypto"
import { vi } from "vitest"

const { scrypt } = crypto

/** Hashes passwords at the lowest cost, because a real hash takes a fifth of a second. */
export function hashFast() {
  vi.spyOn(crypto, "scrypt").mockImplementation((password, salt, length, options, callback) =>
    scrypt(password, salt, length, { ...options, N: 2, p: 1 }, callback),
  )
}

/** Hashes passwords as in production until the test ends. */
export function hashSlowly() {
  vi.mocked(crypto.scrypt).mockRestore()
}
