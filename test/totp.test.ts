import { describe, expect, it } from "vitest"
import { matchingStep, timeStep, toBase32, totpCode, totpUri } from "../src/domain/factors/totp.ts"

const SECRET = new TextEncoder().encode("12345678901234567890")
const SECRET_32 = new TextEncoder().encode("12345678901234567890123456789012")

const TOTP = { secret: SECRET, algorithm: "sha256" } as const

describe("a time-based code", () => {
  // RFC 6238, appendix B, for SHA-1 and SHA-256; the last six of its eight digits.
  it.each([
    [59, "287082", "119246"],
    [1_111_111_109, "081804", "084774"],
    [1_111_111_111, "050471", "062674"],
    [1_234_567_890, "005924", "819424"],
    [2_000_000_000, "279037", "698825"],
    [20_000_000_000, "353130", "737706"],
  ])("at second %i is that of RFC 6238", (second, sha1, sha256) => {
    const step = timeStep(new Date(second * 1000))
    expect([totpCode(SECRET, step, "sha1"), totpCode(SECRET_32, step, "sha256")]).toEqual([sha1, sha256])
  })

  it("is accepted while the clocks differ by one step, and never twice", () => {
    const now = new Date(1_234_567_890_000)
    const step = timeStep(now)
    const accepted = [-2, -1, 0, 1, 2].map((drift) =>
      matchingStep(TOTP, totpCode(SECRET, step + drift, "sha256"), now, 0),
    )
    expect(accepted).toEqual([undefined, step - 1, step, step + 1, undefined])
    expect(matchingStep(TOTP, totpCode(SECRET, step, "sha256"), now, step)).toBeUndefined()
    expect(matchingStep(TOTP, totpCode(SECRET, step - 1, "sha256"), now, step)).toBeUndefined()
    expect(matchingStep(TOTP, totpCode(SECRET, step + 1, "sha256"), now, step)).toBe(step + 1)
  })

  it("is refused if it isn't six digits", () => {
    const now = new Date(59_000)
    for (const code of ["", "28708", "2870820", "２８７０８２", "287082\n"]) {
      expect(matchingStep(TOTP, code, now, 0)).toBeUndefined()
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
    "otpauth://totp/Packet%20Fabric:dana%2B1%40acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Packet%20Fabric&algorithm=SHA256",
  )
})
