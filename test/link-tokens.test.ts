import { env } from "cloudflare:workers"
import { CompactSign, UnsecuredJWT } from "jose"
import { expect, it } from "vitest"
import { readLinkKeys } from "../src/domain/registration-link.ts"
import { Browser, count, dice, invite, newestLink, openHouse, REGISTRATION, testEnv } from "./house.ts"

const MUTATIONS = 10_000
const EACH_POSTED = 20

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
const decode = (part = ""): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString())

/** Storage that may not be asked. */
const untouchable: D1Database = new Proxy(env.DB, {
  get: () => {
    throw new Error("storage was read")
  },
})

function flipped(token: string, roll: (below: number) => number): string {
  const bytes = Buffer.from(token)
  for (let flips = 0; flips <= roll(3); flips++) {
    const at = roll(bytes.length)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << roll(7)), at)
  }
  return bytes.toString("latin1")
}

/** Ways to forge a token, each with some chance in it. */
async function forgers(token: string, other: string) {
  const [header = "", payload = "", signature = ""] = token.split(".")
  const claims = decode(payload)
  const [key] = readLinkKeys(testEnv.LINK_KEYS)
  if (!key) throw new Error("there is no key")
  const signed = (body: unknown, alg: string, kid: string, secret: Uint8Array) =>
    new CompactSign(Buffer.from(JSON.stringify(body))).setProtectedHeader({ alg, kid }).sign(secret)
  const longSecret = new Uint8Array(64).fill(7)
  const fixed = {
    "alg none": `${encode({ alg: "none", kid: key.kid })}.${payload}.`,
    "alg none, signed": `${encode({ alg: "none", kid: key.kid })}.${payload}.${signature}`,
    unsecured: new UnsecuredJWT(claims).encode(),
    "HS384 with our kid": await signed(claims, "HS384", key.kid, longSecret),
    "HS512 with our kid": await signed(claims, "HS512", key.kid, longSecret),
    "another key under our kid": await signed(claims, "HS256", key.kid, new Uint8Array(32).fill(9)),
    "an unknown kid with our key": await signed(claims, "HS256", "unknown", key.secret),
    "no kid with our key": await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "HS256" })
      .sign(key.secret),
    "another purpose": await signed({ ...claims, use: "decline" }, "HS256", key.kid, key.secret),
    "an unheard of purpose": await signed({ ...claims, use: "admin" }, "HS256", key.kid, key.secret),
    "an unheard of way": await signed({ ...claims, via: "fax" }, "HS256", key.kid, key.secret),
    "another tenant's invite": `${header}.${encode({ ...claims, sub: decode(other.split(".")[1]).sub })}.${signature}`,
    "another tenant's signature": `${header}.${payload}.${other.split(".")[2]}`,
    "no claims of ours": await signed({ sub: "inv_1" }, "HS256", key.kid, key.secret),
    "a list": await signed([claims], "HS256", key.kid, key.secret),
    "nothing signed": await new CompactSign(new Uint8Array())
      .setProtectedHeader({ alg: "HS256", kid: key.kid })
      .sign(key.secret),
  }
  return { fixed, header, payload, signature, claims }
}

it(`of ${MUTATIONS} mutated tokens none registers, none has storage read, and none is our fault`, async () => {
  const acme = await openHouse()
  await invite(acme.browser)
  const token = (await newestLink()).replace("/register/", "")
  const globex = await openHouse("globex")
  await invite(globex.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
  const other = (await newestLink()).replace("/register/", "")
  const { fixed, header, payload, signature, claims } = await forgers(token, other)
  const roll = dice(20_261_124)
  const mutants: (() => string)[] = [
    () => flipped(token, roll),
    () => token.slice(0, roll(token.length)),
    () => token.slice(1 + roll(token.length - 1)),
    () => `${header}.${encode({ ...claims, ver: 1 + roll(9), exp: roll(2 ** 31) })}.${signature}`,
    () => `${header}.${encode({ ...claims, via: roll(2) ? "copy" : "fax" })}.${signature}`,
    () =>
      `${encode({ alg: ["none", "HS384", "RS256", "ES256", "", "hs256"][roll(6)], kid: "test" })}.${payload}.${signature}`,
    () => `${encode({ alg: "HS256", kid: String(roll(1000)) })}.${payload}.${signature}`,
    () => `${header}.${payload}.${Buffer.from(Array.from({ length: 32 }, () => roll(256))).toString("base64url")}`,
    () => Object.values(fixed)[roll(Object.keys(fixed).length)] ?? "",
    () => `${payload}.${header}.${signature}`,
  ]
  const stranger = new Browser()
  stranger.env = { ...testEnv, DB: untouchable }
  const tally = new Map<number, number>()
  const accepted: string[] = []
  for (let n = 0; n < MUTATIONS; n++) {
    const mutant = mutants[n % mutants.length]?.() ?? ""
    if (mutant === token || mutant === other) continue
    const path = `/register/${encodeURIComponent(mutant)}`
    const answer = n % EACH_POSTED === 0 ? await stranger.post(path, REGISTRATION) : await stranger.get(path)
    tally.set(answer.status, (tally.get(answer.status) ?? 0) + 1)
    if (answer.status !== 404) accepted.push(`${answer.status} ${mutant}`)
  }
  expect(accepted).toEqual([])
  expect(tally.get(404)).toBeGreaterThan(MUTATIONS * 0.99)
  expect([
    await count("customers"),
    await count("audit_log", "action LIKE 'invite.%ed' AND actor_kind = 'contact'"),
  ]).toEqual([0, 0])
  for (const [name, forged] of Object.entries(fixed)) {
    for (const path of [`/register/${forged}`, `/register/${forged}/opening`, `/register/${forged}/codes`]) {
      expect((await stranger.post(path)).status, `${name} ${path}`).toBeLessThan(500)
    }
  }
  expect((await new Browser().post(`/register/${token}`, REGISTRATION)).status).toBe(303)
}, 240_000)

it("a signature that only reads alike is not ours", async () => {
  const { browser } = await openHouse()
  await invite(browser)
  const link = await newestLink()
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  const last = letters.indexOf(link.slice(-1))
  const alike = letters[last ^ 1]
  expect(Buffer.from(`${link.slice(-43, -1)}${alike}`, "base64url")).toEqual(Buffer.from(link.slice(-43), "base64url"))
  expect((await new Browser().get(link.slice(0, -1) + alike)).status).toBe(404)
})
