import crypto from "node:crypto"
import { vi } from "vitest"

const { scrypt } = crypto

/** Passwords of tests guard nothing, so they are hashed at the least cost instead of in a fifth of a second. */
export function hashFast() {
  vi.spyOn(crypto, "scrypt").mockImplementation((password, salt, length, options, callback) =>
    scrypt(password, salt, length, { ...options, N: 2, p: 1 }, callback),
  )
}

/** Passwords are hashed as in production until the test ends. */
export function hashSlowly() {
  vi.mocked(crypto.scrypt).mockRestore()
}
