import { env } from "cloudflare:workers"
import { createHmac, hkdfSync } from "node:crypto"
import { describe, expect, it, vi } from "vitest"
import { parseLinkKeys, signToken, TOKEN_LENGTH, verifyToken } from "../src/domain/access/signed-token.ts"
import { claim } from "../src/domain/outbox/claim.ts"
import { renderEmail } from "../src/emails/render.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  productionEnv,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { seededRandom } from "./support/random.ts"
import { travel } from "./support/time.ts"

const MUTATIONS = 10_000
const POST_EVERY = 20
const BODY_BYTES = 15
const GLOBEX = { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

const keys = parseLinkKeys(testEnv.LINK_KEYS)
const secret = keys[0]?.secret ?? new Uint8Array()
const toBytes = (token: string) => Buffer.from(token, "base64url")

/** A database that must not be read. */
const forbiddenDatabase: D1Database = new Proxy(env.DB, {
  get: () => {
    throw new Error("the database was read")
  },
})

/** Signs 15 bytes as src/README.md describes it. */
function seal(body: Uint8Array, signingSecret: Uint8Array = secret): string {
  const key = Buffer.from(hkdfSync("sha256", signingSecret, "", "vestibule token", 32))
  return Buffer.concat([body, createHmac("sha256", key).update(body).digest().subarray(0, 16)]).toString("base64url")
}

/** The body of a token with another header. */
function withHeader(token: string, header: number): Buffer {
  return Buffer.concat([Buffer.from([header]), toBytes(token).subarray(1, BODY_BYTES)])
}

/** The tokens of the links in the newest email. */
async function latestTokens() {
  const { text } = (await sendDueEmails()).at(-1) ?? { text: "" }
  const [, token = "none"] = /\/r\/(\S+)/.exec(text) ?? []
  const [, declineToken = "none"] = /\/decline\/(\S+)/.exec(text) ?? []
  return { token, declineToken }
}

/** An invite and the tokens of its links. */
async function createInvite(slug?: string, fields: Parameters<typeof invite>[1] = {}) {
  const reseller = await signInStaff(slug)
  const id = await invite(reseller.browser, slug ? { ...GLOBEX, ...fields } : fields)
  return { ...reseller, id, ...(await latestTokens()) }
}

function flipBits(bytes: Buffer, random: (limit: number) => number, end = bytes.length): Buffer {
  const flipped = Buffer.from(bytes)
  for (let flips = 0; flips <= random(3); flips++) {
    const index = random(end)
    flipped.writeUInt8(flipped.readUInt8(index) ^ (1 << random(8)), index)
  }
  return flipped
}

/** Tokens forged in fixed ways. */
function forgeTokens(token: string, other: string): Record<string, string> {
  const bytes = toBytes(token)
  const body = bytes.subarray(0, BODY_BYTES)
  const mac = bytes.subarray(BODY_BYTES)
  const rawHmac = createHmac("sha256", secret).update(body).digest()
  const jwsHead = [{ alg: "none" }, { sub: "inv_1", use: "registration" }]
  return {
    "format 0": seal(withHeader(token, 0b00_000_00_0)),
    "format 2": seal(withHeader(token, 0b10_000_00_0)),
    "format 3": seal(withHeader(token, 0b11_000_00_0)),
    "an unknown key id with our key": seal(withHeader(token, 0b01_101_00_0)),
    "another key under our key id": seal(body, new Uint8Array(32).fill(9)),
    "our secret without derivation": Buffer.concat([body, rawHmac.subarray(0, 16)]).toString("base64url"),
    "the purpose of declining": seal(withHeader(token, 0b01_000_01_0)),
    "the purpose of a password reset": seal(withHeader(token, 0b01_000_10_0)),
    "the purpose of an email change": seal(withHeader(token, 0b01_000_11_0)),
    "another way": Buffer.concat([withHeader(token, 0b01_000_00_1), mac]).toString("base64url"),
    "another tenant's reference": Buffer.concat([
      bytes.subarray(0, 1),
      toBytes(other).subarray(1, 9),
      bytes.subarray(9),
    ]).toString("base64url"),
    "another tenant's signature": Buffer.concat([body, toBytes(other).subarray(BODY_BYTES)]).toString("base64url"),
    "a signature of zeros": Buffer.concat([body, Buffer.alloc(16)]).toString("base64url"),
    "no signature": body.toString("base64url"),
    "the whole HMAC": Buffer.concat([toBytes(seal(body)), rawHmac.subarray(16)]).toString("base64url"),
    "padding in place of the last character": `${token.slice(0, -1)}=`,
    "a JWS without signature": `${jwsHead.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`,
  }
}

describe("a link token", () => {
  it("has 31 bytes in the documented format, and its link fits on a line of 73 characters of the email", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const row = await env.DB.prepare("SELECT id FROM outbox").first<string>("id")
    const deps = createDeps({ ...productionEnv, BASE_URL: "https://invites.acme.example" }, () => undefined)
    const message = await claim(deps, row ?? "")
    if (message?.kind !== "invite") throw new Error("the email was not claimed")
    const { text } = await renderEmail(deps, message)
    const lines = text.split("\n")
    const link = lines[lines.indexOf("Connect Here:") + 1] ?? ""
    expect(link).toMatch(/^https:\/\/invites\.acme\.example\/r\/[\w-]{42}$/)
    expect(link).toHaveLength(73)
    const bytes = toBytes(link.slice(-TOKEN_LENGTH))
    const stored = await env.DB.prepare("SELECT reference, link_version AS version, created_at FROM invites").first()
    expect({
      length: bytes.length,
      header: bytes.readUInt8(0),
      reference: bytes.subarray(1, 9).toString("base64url"),
      version: bytes.readUInt16BE(9),
      days: Math.round((bytes.readUInt32BE(11) * 1000 - Number(stored?.created_at)) / 86_400_000),
    }).toEqual({ length: 31, header: 0b01_000_00_0, reference: stored?.reference, version: stored?.version, days: 90 })
    expect(seal(bytes.subarray(0, BODY_BYTES))).toBe(link.slice(-TOKEN_LENGTH))
  })

  it(`isn't one of ${MUTATIONS} forged ones: none registers, declines, reads the database or causes a server error`, async () => {
    const { token, declineToken } = await createInvite()
    const { token: other } = await createInvite("globex")
    const fixedForgeries = forgeTokens(token, other)
    const random = seededRandom(20_261_124)
    const bytes = toBytes(token)
    const mac = bytes.subarray(BODY_BYTES)
    const randomBytes = (length: number) => Buffer.from(Array.from({ length }, () => random(256)))
    const mutants: (() => string)[] = [
      () => flipBits(bytes, random).toString("base64url"),
      () => flipBits(bytes, random, BODY_BYTES).toString("base64url"),
      () => flipBits(Buffer.from(token), random).toString("latin1"),
      () => token.slice(0, random(token.length)),
      () => token.slice(1 + random(token.length - 1)),
      () => Buffer.concat([bytes.subarray(0, BODY_BYTES), randomBytes(16)]).toString("base64url"),
      () => Buffer.concat([bytes.subarray(0, 1), randomBytes(14), mac]).toString("base64url"),
      () => Object.values(fixedForgeries)[random(Object.keys(fixedForgeries).length)] ?? "",
      () => Buffer.concat([mac, bytes.subarray(0, BODY_BYTES)]).toString("base64url"),
      () => token.slice(0, 20) + ALPHABET.charAt(random(64)) + token.slice(20),
    ]
    const stranger = new Browser()
    stranger.env = { ...testEnv, DB: forbiddenDatabase }
    const attackers = Array.from({ length: 20 }, () => Object.assign(new Browser(), { env: stranger.env }))
    const statusCounts = new Map<number, number>()
    const accepted: string[] = []
    for (let n = 0; n < MUTATIONS; n++) {
      const isDecline = n % 7 === 6
      const mutant = isDecline
        ? flipBits(toBytes(declineToken), random).toString("base64url")
        : (mutants[n % mutants.length]?.() ?? "")
      // A whole token with more behind it is no forgery, but a link to repair.
      if ([token, other, declineToken].some((real) => mutant.includes(real))) continue
      const path = `/${isDecline ? "decline" : "r"}/${encodeURIComponent(mutant)}`
      const attacker = attackers[Math.floor(n / POST_EVERY) % attackers.length] ?? stranger
      const response = n % POST_EVERY === 0 ? await attacker.post(path, REGISTRATION_FORM) : await attacker.get(path)
      statusCounts.set(response.status, (statusCounts.get(response.status) ?? 0) + 1)
      if (response.status !== 404) accepted.push(`${response.status} ${path}`)
    }
    expect(accepted).toEqual([])
    expect(statusCounts.get(404)).toBeGreaterThan(MUTATIONS * 0.97)
    expect([
      await count("customers"),
      await count("suppressions"),
      await count("audit_log", "action LIKE 'invite.%ed' AND actor_kind = 'contact'"),
    ]).toEqual([0, 0, 0])
    for (const [name, forged] of Object.entries(fixedForgeries)) {
      const statuses = ["", "/opening", "/codes"].map(
        async (form) => (await stranger.post(`/r/${forged}${form}`)).status,
      )
      expect(await Promise.all(statuses), name).toEqual([404, 204, 404])
    }
    expect((await new Browser().post(`/r/${token}`, REGISTRATION_FORM)).status).toBe(303)
  }, 240_000)

  it("is accepted in one spelling only, though the unused bits of its last character change no byte", async () => {
    const { token } = await createInvite()
    const equivalentLetter = ALPHABET[ALPHABET.indexOf(token.slice(-1)) ^ 1]
    const equivalent = token.slice(0, -1) + equivalentLetter
    expect(toBytes(equivalent)).toEqual(toBytes(token))
    expect((await new Browser().get(`/r/${token}`)).status).toBe(200)
    expect((await new Browser().get(`/r/${equivalent}`)).status).toBe(404)
  })

  it.each(["registration", "decline", "password_reset", "email_change"] as const)(
    "for %s verifies for this purpose alone, until it expires",
    async (purpose) => {
      const expiresAt = new Date("2027-01-01T00:00:00Z")
      const claims = { purpose, via: "copy", reference: "AAECAwQFBgc", version: 65_535, expiresAt } as const
      const token = await signToken(keys, claims)
      const before = new Date(expiresAt.getTime() - 1)
      expect(await verifyToken(keys, token, purpose)).toEqual(claims)
      expect(await verifyToken(keys, token, purpose, before)).toEqual(claims)
      expect(await verifyToken(keys, token, purpose, expiresAt)).toBeUndefined()
      for (const other of ["registration", "decline", "password_reset", "email_change"] as const) {
        if (other !== purpose) expect(await verifyToken(keys, token, other), other).toBeUndefined()
      }
    },
  )

  it("is not signed with a version or a reference that doesn't fit", async () => {
    const claims = { purpose: "registration", via: "email", expiresAt: new Date() } as const
    await expect(signToken(keys, { ...claims, reference: "AAECAwQFBgc", version: 65_536 })).rejects.toThrow(RangeError)
    await expect(signToken(keys, { ...claims, reference: "AAEC", version: 1 })).rejects.toThrow("8 bytes")
  })

  it("is verified with a key that is derived once for each isolate", async () => {
    const { token } = await createInvite()
    await new Browser().get(`/r/${token}`) // derives what this isolate hasn't needed yet
    const derivations = vi.spyOn(crypto.subtle, "deriveKey")
    for (let n = 0; n < 3; n++) expect((await new Browser().get(`/r/${token}`)).status).toBe(200)
    expect(derivations).not.toHaveBeenCalled()
    const otherKeys = JSON.stringify([{ kid: 3, secret: Buffer.alloc(32, 77).toString("base64url") }])
    for (let n = 0; n < 3; n++)
      await verifyToken(parseLinkKeys(otherKeys), seal(withHeader(token, 0b01_011_00_0)), "registration")
    expect(derivations).toHaveBeenCalledOnce()
    derivations.mockRestore()
  })
})

describe("the expiry in a token", () => {
  it("ends registering, declining and codes even if the invite were still open; the page offers a new link", async () => {
    const { token, declineToken, id, resellerId } = await createInvite(undefined, { expires_in_days: "90" })
    const key = await createApiKey(resellerId)
    const copied = await callApi({ key, method: "POST", path: `/invites/${id}/links` })
    const copiedPath = new URL((await copied.json<{ registration_url: string }>()).registration_url).pathname
    await env.DB.prepare("UPDATE invites SET expires_at = 4102444800000").run()
    travel({ days: 89 })
    for (const path of [`/r/${token}`, copiedPath, `/decline/${declineToken}`]) {
      expect((await new Browser().get(path)).status).toBe(200)
    }
    travel({ days: 1 })
    for (const path of [`/r/${token}`, copiedPath]) {
      const page = await new Browser().get(path)
      expect([page.status, await page.text()]).toEqual([410, expect.stringContaining("Send me a new link")])
      expect((await new Browser().post(path, REGISTRATION_FORM)).status).toBe(410)
      await new Browser().post(`${path}/opening`)
      await new Browser().post(`${path}/codes`)
    }
    const decline = await new Browser().post(`/decline/${declineToken}`)
    expect([decline.status, await decline.text()]).toEqual([410, expect.stringContaining("This link has expired")])
    expect((await new Browser().get(`/decline/${declineToken}`)).status).toBe(410)
    expect([
      await count("customers"),
      await count("suppressions"),
      await count("email_codes"),
      await count("invites", "status = 'pending' AND opened_at IS NULL"),
    ]).toEqual([0, 0, 0, 1])
    expect((await new Browser().post(`/r/${token}/renewal`)).status).toBe(202)
    const { token: renewed } = await latestTokens()
    expect((await new Browser().post(`/r/${renewed}`, REGISTRATION_FORM)).status).toBe(303)
  })

  it("allows staff to extend an invite to ninety days without sending a new link", async () => {
    const { token, id, resellerId } = await createInvite()
    const key = await createApiKey(resellerId)
    const edited = await callApi({ key, method: "PATCH", path: `/invites/${id}`, body: { expires_in_days: 90 } })
    expect(edited.status).toBe(200)
    travel({ days: 89 })
    expect((await new Browser().post(`/r/${token}`, REGISTRATION_FORM)).status).toBe(303)
  })
})

describe("LINK_KEYS", () => {
  const key = (kid: unknown, length = 32) => ({ kid, secret: Buffer.alloc(length, 1).toString("base64url") })

  it.each([
    ["no key", []],
    ["a kid that is a word", [key("2026-11")]],
    ["a kid of more than three bits", [key(8)]],
    ["a negative kid", [key(-1)]],
    ["one kid twice", [key(1), key(1)]],
    ["a short secret", [key(1, 31)]],
  ])("are refused with %s", (_, entries) => {
    expect(() => parseLinkKeys(JSON.stringify(entries))).toThrow()
  })

  it("are accepted with eight keys", () => {
    const entries = Array.from({ length: 8 }, (_, kid) => key(kid))
    expect(parseLinkKeys(JSON.stringify(entries)).map(({ kid }) => kid)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })
})

it("two invites can't have the same reference", async () => {
  const { browser } = await createInvite()
  await invite(browser, { contact_email: "other@northwind.example" })
  await expect(env.DB.prepare("UPDATE invites SET reference = 'AAAAAAAAAAA'").run()).rejects.toThrow("UNIQUE")
})
