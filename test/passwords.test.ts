import { env } from "cloudflare:workers"
import { scryptSync } from "node:crypto"
import { expect, it } from "vitest"
import { hashPassword, verifyPassword } from "../src/domain/access/password.ts"
import { passwordError } from "../src/domain/access/password-strength.ts"
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
  expect(passwordError(password, CONTEXT)).toBeUndefined()
})

const SHORT_MESSAGE = "Use 15 characters or more"
const GUESSED_MESSAGE = "first that attackers try"
const NAMES_MESSAGE = "names that others know"

it.each([
  ["fourteen chars", SHORT_MESSAGE],
  ["", SHORT_MESSAGE],
  ["𝒜𝒷𝒸𝒹ℯ𝒻ℊ", SHORT_MESSAGE],
  ["a".repeat(129), "Use 128 characters or fewer"],
  ["aaaaaaaaaaaaaaaaaaaa", GUESSED_MESSAGE],
  ["                 x y z a b c d e", GUESSED_MESSAGE],
  ["aabaabaabaabaab", GUESSED_MESSAGE],
  ["footballbaseball", GUESSED_MESSAGE],
  ["abcabcabcabcabcabc", GUESSED_MESSAGE],
  ["123456789012345", GUESSED_MESSAGE],
  ["0123456789abcdef", GUESSED_MESSAGE],
  ["abcdefghijklmnopqrstuvwxyz", GUESSED_MESSAGE],
  ["qwertyuiopasdfghjkl", GUESSED_MESSAGE],
  ["1qaz2wsx3edc4rfv", GUESSED_MESSAGE],
  ["passwordpassword", GUESSED_MESSAGE],
  ["PasswordPassword1", GUESSED_MESSAGE],
  ["Password 12345678!", GUESSED_MESSAGE],
  ["password1234567", GUESSED_MESSAGE],
  ["123456789987654321", GUESSED_MESSAGE],
  ["letmein letmein letmein", GUESSED_MESSAGE],
  ["Correct Horse Battery Staple", GUESSED_MESSAGE],
  ["northwind logistics", NAMES_MESSAGE],
  ["NorthwindLogistics2026", NAMES_MESSAGE],
  ["Acme-Networks-2026!", NAMES_MESSAGE],
  ["priya@northwind.example", NAMES_MESSAGE],
  ["Priya Nair Northwind", NAMES_MESSAGE],
  ["PacketFabric12345", NAMES_MESSAGE],
  ["vestibule vestibule", NAMES_MESSAGE],
  ["northwind123456789", NAMES_MESSAGE],
  ["northwindpassword", NAMES_MESSAGE],
  ["n0rthw1nd l0g1st1cs", NAMES_MESSAGE],
  ["northwind!@#$%^&*", NAMES_MESSAGE],
  ["CorrectHorseBatteryStaple1", GUESSED_MESSAGE],
  ["1q2w3e4r5t6y7u8i9o0p", GUESSED_MESSAGE],
  ["P4ssw0rdP4ssw0rd", GUESSED_MESSAGE],
  ["ﷺ", SHORT_MESSAGE],
  ["P@ssw0rd12345678", GUESSED_MESSAGE],
  ["aaabbbcccdddeee", GUESSED_MESSAGE],
  ["a1b2c3d4e5f6g7h8", GUESSED_MESSAGE],
  ["01012026 01012026", GUESSED_MESSAGE],
  ["31415926535897932", GUESSED_MESSAGE],
  ["@cmeNetw0rks2026!", NAMES_MESSAGE],
  ["northwind-202620!", NAMES_MESSAGE],
  ["Northwind-2026!@#", NAMES_MESSAGE],
  ["dniwhtron dniwhtron", NAMES_MESSAGE],
  ["thisismypassword", GUESSED_MESSAGE],
  ["januaryfebruary", GUESSED_MESSAGE],
  ["customer1234567", GUESSED_MESSAGE],
  ["administrator123", NAMES_MESSAGE],
])("the password %o is refused", (password, expectedMessage) => {
  expect(passwordError(password, CONTEXT)).toContain(expectedMessage)
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
    if (passwordError(password, CONTEXT)) refused.push(password)
  }
  expect(refused.length, refused.join(" ")).toBeLessThanOrEqual(1)
})

it("a long password that repeats a short piece is refused", () => {
  for (const password of ["ab".repeat(64), `${"ab".repeat(60)}x`, "a1b2c3d4".repeat(16), "qwertyuiop".repeat(12)]) {
    expect(passwordError(password, CONTEXT)).toContain(GUESSED_MESSAGE)
  }
})

it("registering with a password that contains the company's name is refused, and nothing is created", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const link = await latestRegistrationLink()
  const refused = await new Browser().post(link, { ...REGISTRATION_FORM, password: "Northwind Logistics!" })
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(NAMES_MESSAGE)])
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
