import { env } from "cloudflare:workers"
import { scryptSync } from "node:crypto"
import { expect, it } from "vitest"
import { hashPassword, verifyPassword } from "../src/domain/access/password.ts"
import { passwordProblem } from "../src/domain/access/password-strength.ts"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  seededRandom,
  signInStaff,
} from "./support/app.ts"
import { hashSlowly } from "./support/hashing.ts"

const CONTEXT = [
  "Northwind Logistics",
  "Priya Nair",
  "priya@northwind.example",
  "Acme Networks",
  "PacketFabric",
  "Vestibule",
]

it.each([
  ["a short sentence works"],
  ["quiet-lantern-harbor"],
  ["J7$kq!2mZx9#Lw0p"], // from a password manager
  ["48201957301846629175"],
  ["ünïcödé wörds äré fine"],
  ["northwind was my grandmother's boat"],
  ["Sz#0),Hu+>>xB#|"],
  ["|~d[]g%7-!?=_Ml/XQ"],
  ["🐎🔋📎 correct, 🐎 and the 🔋 is full ".repeat(3)],
  [`${"x".repeat(8)}kfjqhwzpvb`],
  ["the dragon ate my homework on monday"],
  ["p".padEnd(128, "assphrase of many words, ")],
])("the password %o is accepted", (password) => {
  expect(passwordProblem(password, CONTEXT)).toBeUndefined()
})

const TOO_SHORT = "password_too_short"
const COMMON = "password_common"
const CONTAINS_NAME = "password_contains_name"

it.each([
  ["fourteen chars", TOO_SHORT],
  ["", TOO_SHORT],
  ["𝒜𝒷𝒸𝒹ℯ𝒻ℊ", TOO_SHORT],
  ["a".repeat(129), "password_too_long"],
  ["aaaaaaaaaaaaaaaaaaaa", COMMON],
  ["                 x y z a b c d e", COMMON],
  ["aabaabaabaabaab", COMMON],
  ["footballbaseball", COMMON],
  ["abcabcabcabcabcabc", COMMON],
  ["123456789012345", COMMON],
  ["0123456789abcdef", COMMON],
  ["abcdefghijklmnopqrstuvwxyz", COMMON],
  ["qwertyuiopasdfghjkl", COMMON],
  ["1qaz2wsx3edc4rfv", COMMON],
  ["passwordpassword", COMMON],
  ["PasswordPassword1", COMMON],
  ["Password 12345678!", COMMON],
  ["password1234567", COMMON],
  ["123456789987654321", COMMON],
  ["letmein letmein letmein", COMMON],
  ["Correct Horse Battery Staple", COMMON],
  ["northwind logistics", CONTAINS_NAME],
  ["NorthwindLogistics2026", CONTAINS_NAME],
  ["Acme-Networks-2026!", CONTAINS_NAME],
  ["priya@northwind.example", CONTAINS_NAME],
  ["Priya Nair Northwind", CONTAINS_NAME],
  ["PacketFabric12345", CONTAINS_NAME],
  ["vestibule vestibule", CONTAINS_NAME],
  ["northwind123456789", CONTAINS_NAME],
  ["northwindpassword", CONTAINS_NAME],
  ["n0rthw1nd l0g1st1cs", CONTAINS_NAME],
  ["northwind!@#$%^&*", CONTAINS_NAME],
  ["CorrectHorseBatteryStaple1", COMMON],
  ["1q2w3e4r5t6y7u8i9o0p", COMMON],
  ["P4ssw0rdP4ssw0rd", COMMON],
  ["ﷺ", TOO_SHORT],
  ["P@ssw0rd12345678", COMMON],
  ["aaabbbcccdddeee", COMMON],
  ["a1b2c3d4e5f6g7h8", COMMON],
  ["01012026 01012026", COMMON],
  ["31415926535897932", COMMON],
  ["@cmeNetw0rks2026!", CONTAINS_NAME],
  ["northwind-202620!", CONTAINS_NAME],
  ["Northwind-2026!@#", CONTAINS_NAME],
  ["dniwhtron dniwhtron", CONTAINS_NAME],
  ["thisismypassword", COMMON],
  ["januaryfebruary", COMMON],
  ["customer1234567", COMMON],
  ["administrator123", CONTAINS_NAME],
])("the password %o is refused", (password, expectedProblem) => {
  expect(passwordProblem(password, CONTEXT)).toBe(expectedProblem)
})

const LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
const SYMBOLS = "!#$%&()*+,-./:;<=>?@[]^_{|}~"

it.each([
  ["letters and digits", `${LETTERS}23456789`, 16],
  ["all printable characters", `${LETTERS}0123456789${SYMBOLS}`, 15],
  ["lowercase letters", LETTERS.slice(0, 25), 15],
  ["hexadecimal digits", "0123456789abcdef", 32],
  ["digits", "0123456789", 20],
])("at most one of a thousand random passwords of %s is refused", (_, alphabet, length) => {
  const random = seededRandom(20_261_124)
  const refused: string[] = []
  for (let n = 0; n < 1_000; n++) {
    const password = Array.from({ length }, () => alphabet[random(alphabet.length)]).join("")
    if (passwordProblem(password, CONTEXT)) refused.push(password)
  }
  expect(refused.length, refused.join(" ")).toBeLessThanOrEqual(1)
})

it("a long password that repeats a short piece is refused", () => {
  for (const password of ["ab".repeat(64), `${"ab".repeat(60)}x`, "a1b2c3d4".repeat(16), "qwertyuiop".repeat(12)]) {
    expect(passwordProblem(password, CONTEXT)).toBe(COMMON)
  }
})

it("registering with a password that contains the company's name is refused, and nothing is created", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const link = await latestRegistrationLink()
  const refused = await new Browser().post(link, { ...REGISTRATION_FORM, password: "Northwind Logistics!" })
  expect([refused.status, await refused.text()]).toEqual([
    422,
    expect.stringContaining("little more than names other people know"),
  ])
  expect([await count("customers"), await count("users", "email = 'priya@northwind.example'")]).toEqual([0, 0])
  expect((await new Browser().post(link, { ...REGISTRATION_FORM, password: " spaces count, and stay " })).status).toBe(
    303,
  )
  const signIn = (password: string) => new Browser().post("/sign-in", { email: "priya@northwind.example", password })
  expect((await signIn(" spaces count, and stay ")).status).toBe(303)
  expect((await signIn("spaces count, and stay")).status).toBe(422)
  expect(await env.DB.prepare("SELECT count(*) AS n FROM credentials WHERE password LIKE '%spaces%'").first("n")).toBe(
    0,
  )
})

it("a password is stored as a scrypt hash with its own salt, at the cost that OWASP recommends", async () => {
  hashSlowly()
  const [hash, anotherHash] = [await hashPassword("quiet-lantern-harbor"), await hashPassword("quiet-lantern-harbor")]
  expect(hash).not.toBe(anotherHash)
  const [scheme, salt = "", key = ""] = hash.split("$")
  const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 }
  const expectedKey = scryptSync("quiet-lantern-harbor", Buffer.from(salt, "base64url"), 32, cost)
  expect([scheme, key]).toEqual(["scrypt", expectedKey.toString("base64url")])
  expect(await verifyPassword({ hash, password: "quiet-lantern-harbor" })).toBe(true)
  expect(await verifyPassword({ hash, password: "quiet-lantern-harbour" })).toBe(false)
})
