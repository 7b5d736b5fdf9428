import { env } from "cloudflare:workers"
import { CompactSign, UnsecuredJWT } from "jose"
import { expect, it } from "vitest"
import { parseLinkKeys } from "../src/domain/invites/link-token.ts"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  seededRandom,
  signInStaff,
  testEnv,
} from "./support/app.ts"

const MUTATIONS = 10_000
const POST_EVERY = 20

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
const decode = (part = ""): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString())

/** A database that must not be read. */
const forbiddenDatabase: D1Database = new Proxy(env.DB, {
  get: () => {
    throw new Error("the database was read")
  },
})

function flipCharacters(token: string, random: (limit: number) => number): string {
  const bytes = Buffer.from(token)
  for (let flips = 0; flips <= random(3); flips++) {
    const index = random(bytes.length)
    bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << random(7)), index)
  }
  return bytes.toString("latin1")
}

/** Tokens forged in fixed ways, and the parts of the token for random ones. */
async function forgeTokens(token: string, other: string) {
  const [header = "", payload = "", signature = ""] = token.split(".")
  const claims = decode(payload)
  const [key] = parseLinkKeys(testEnv.LINK_KEYS)
  if (!key) throw new Error("there is no key")
  const signToken = (body: unknown, alg: string, kid: string, secret: Uint8Array) =>
    new CompactSign(Buffer.from(JSON.stringify(body))).setProtectedHeader({ alg, kid }).sign(secret)
  const longSecret = new Uint8Array(64).fill(7)
  const fixedForgeries = {
    "alg none": `${encode({ alg: "none", kid: key.kid })}.${payload}.`,
    "alg none, signed": `${encode({ alg: "none", kid: key.kid })}.${payload}.${signature}`,
    unsecured: new UnsecuredJWT(claims).encode(),
    "HS384 with our kid": await signToken(claims, "HS384", key.kid, longSecret),
    "HS512 with our kid": await signToken(claims, "HS512", key.kid, longSecret),
    "another key under our kid": await signToken(claims, "HS256", key.kid, new Uint8Array(32).fill(9)),
    "an unknown kid with our key": await signToken(claims, "HS256", "unknown", key.secret),
    "no kid with our key": await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "HS256" })
      .sign(key.secret),
    "another purpose": await signToken({ ...claims, use: "decline" }, "HS256", key.kid, key.secret),
    "an unknown purpose": await signToken({ ...claims, use: "admin" }, "HS256", key.kid, key.secret),
    "an unknown delivery": await signToken({ ...claims, via: "fax" }, "HS256", key.kid, key.secret),
    "another tenant's invite": `${header}.${encode({ ...claims, sub: decode(other.split(".")[1]).sub })}.${signature}`,
    "another tenant's signature": `${header}.${payload}.${other.split(".")[2]}`,
    "none of our claims": await signToken({ sub: "inv_1" }, "HS256", key.kid, key.secret),
    "an array of claims": await signToken([claims], "HS256", key.kid, key.secret),
    "an empty payload": await new CompactSign(new Uint8Array())
      .setProtectedHeader({ alg: "HS256", kid: key.kid })
      .sign(key.secret),
  }
  return { fixedForgeries, header, payload, signature, claims }
}

it(`none of ${MUTATIONS} forged tokens registers, reads the database or causes a server error`, async () => {
  const acme = await signInStaff()
  await invite(acme.browser)
  const token = (await latestRegistrationLink()).replace("/register/", "")
  const globex = await signInStaff("globex")
  await invite(globex.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
  const other = (await latestRegistrationLink()).replace("/register/", "")
  const { fixedForgeries, header, payload, signature, claims } = await forgeTokens(token, other)
  const random = seededRandom(20_261_124)
  const mutants: (() => string)[] = [
    () => flipCharacters(token, random),
    () => token.slice(0, random(token.length)),
    () => token.slice(1 + random(token.length - 1)),
    () => `${header}.${encode({ ...claims, ver: 1 + random(9), exp: random(2 ** 31) })}.${signature}`,
    () => `${header}.${encode({ ...claims, via: random(2) ? "copy" : "fax" })}.${signature}`,
    () =>
      `${encode({ alg: ["none", "HS384", "RS256", "ES256", "", "hs256"][random(6)], kid: "test" })}.${payload}.${signature}`,
    () => `${encode({ alg: "HS256", kid: String(random(1000)) })}.${payload}.${signature}`,
    () => `${header}.${payload}.${Buffer.from(Array.from({ length: 32 }, () => random(256))).toString("base64url")}`,
    () => Object.values(fixedForgeries)[random(Object.keys(fixedForgeries).length)] ?? "",
    () => `${payload}.${header}.${signature}`,
  ]
  const stranger = new Browser()
  stranger.env = { ...testEnv, DB: forbiddenDatabase }
  const statusCounts = new Map<number, number>()
  const accepted: string[] = []
  for (let n = 0; n < MUTATIONS; n++) {
    const mutant = mutants[n % mutants.length]?.() ?? ""
    if (mutant === token || mutant === other) continue
    const path = `/register/${encodeURIComponent(mutant)}`
    const response = n % POST_EVERY === 0 ? await stranger.post(path, REGISTRATION_FORM) : await stranger.get(path)
    statusCounts.set(response.status, (statusCounts.get(response.status) ?? 0) + 1)
    if (response.status !== 404) accepted.push(`${response.status} ${mutant}`)
  }
  expect(accepted).toEqual([])
  expect(statusCounts.get(404)).toBeGreaterThan(MUTATIONS * 0.99)
  expect([
    await count("customers"),
    await count("audit_log", "action LIKE 'invite.%ed' AND actor_kind = 'contact'"),
  ]).toEqual([0, 0])
  for (const [name, forged] of Object.entries(fixedForgeries)) {
    const statuses = ["", "/opening", "/codes"].map(
      async (form) => (await stranger.post(`/register/${forged}${form}`)).status,
    )
    expect(await Promise.all(statuses), name).toEqual([404, 204, 404])
  }
  expect((await new Browser().post(`/register/${token}`, REGISTRATION_FORM)).status).toBe(303)
}, 240_000)

it("a signature with another letter that decodes to the same bytes is refused", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const link = await latestRegistrationLink()
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  const lastIndex = alphabet.indexOf(link.slice(-1))
  const equivalentLetter = alphabet[lastIndex ^ 1]
  expect(Buffer.from(`${link.slice(-43, -1)}${equivalentLetter}`, "base64url")).toEqual(
    Buffer.from(link.slice(-43), "base64url"),
  )
  expect((await new Browser().get(link.slice(0, -1) + equivalentLetter)).status).toBe(404)
})
