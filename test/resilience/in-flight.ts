import { expect } from "vitest"
import type { Harness } from "./harness.ts"

/** Expects that only emails that were in flight at a kill were accepted again, once for each such kill, and none twice in a lifetime. */
export function expectOnlyInFlightTwice({ services }: Harness, inFlight: Set<string>[]) {
  for (const [address, lifetimes] of services.acceptedTwice) {
    expect(new Set(lifetimes).size, `${address} in the lifetimes ${lifetimes}`).toBe(lifetimes.length)
    const killsInFlight = inFlight.filter((addresses) => addresses.has(address)).length
    expect(lifetimes.length, `${address} was in flight at ${killsInFlight} kills`).toBeLessThanOrEqual(
      1 + killsInFlight,
    )
  }
}
