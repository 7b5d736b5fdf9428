import { describe, expect, it } from "vitest"
import { matchingStep, timeStep, toBase32, totpCode, totpUri } from "../src/domain/factors/totp.ts"

const SECRET = new TextEncoder().encode("12345678901234567890")

describe("a time-based code", () => {
  // RFC 6238, appendix B, for SHA-1; the last six of its eight digits.
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("at second %i is that of RFC 6238", (second, code) => {
    expect(totpCode(SECRET, timeStep(new Date(second * 1000)))).toBe(code)
  })

  it("is accepted while the clocks differ by one step, and never twice", () => {
    const now = new Date(1_234_567_890_000)
    const step = timeStep(now)
    const accepted = [-2, -1, 0, 1, 2].map((drift) => matchingStep(SECRET, totpCode(SECRET, step + drift), now, 0))
    expect(accepted).toEqual([undefined, step - 1, step, step + 1, undefined])
    expect(matchingStep(SECRET, totpCode(SECRET, step), now, step)).toBeUndefined()
    expect(matchingStep(SECRET, totpCode(SECRET, step - 1), now, step)).toBeUndefined()
    expect(matchingStep(SECRET, totpCode(SECRET, step + 1), now, step)).toBe(step + 1)
  })

  it("is refused if it isn't six digits", () => {
    const now = new Date(59_000)
    for (const code of ["", "28708", "2870820", "２８７０８２", "287082\n"]) {
      expect(matchingStep(SECRET, code, now, 0)).toBeUndefined()
    }
  })
})

it("the secret is written as in RFC 4648", () => {
  const texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map((text) =>
    toBase32(new TextEncoder().encode(text)),
  )
  expect(texts).toEqual(["", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"])
})

it("the URI of the QR code names the issuer and the account", () => {
  expect(totpUri(SECRET, "Packet Fabric", "dana+1@acme.example")).toBe(
    "otpauth://totp/Packet%20Fabric:dana%2B1%40acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Packet%20Fabric",
  )
})
