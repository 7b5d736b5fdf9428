import crypto from "node:crypto"
import { vi } from "vitest"
import { Browser, PASSWORD } from "./app.ts"

export const WRONG = "not the right password"

/** How many passwords were hashed since the test last asked. */
export function takeHashCount(): number {
  const { mock } = vi.mocked(crypto.scrypt)
  const { length } = mock.calls
  vi.mocked(crypto.scrypt).mockClear()
  return length
}

/** Enters a wrong password so many times, each time in a new browser at a new address. Returns the statuses. */
export async function enterWrongPasswords(email: string, times: number): Promise<number[]> {
  const statuses: number[] = []
  for (let n = 0; n < times; n++) statuses.push((await enterPassword(email, WRONG)).status)
  return statuses
}

/** Enters a password on the sign-in page, in a new browser at a new address by default. */
export const enterPassword = (email: string, password = PASSWORD, browser = new Browser()) =>
  browser.post("/sign-in", { email, password })

export const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value)
