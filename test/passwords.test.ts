import { env } from "cloudflare:workers"
import { scryptSync } from "node:crypto"
import { expect, it, vi } from "vitest"
import { isCommonPassword } from "../src/domain/access/common-passwords.ts"
import { hashPassword, isOutdatedHash, verifyPassword } from "../src/domain/access/password.ts"
import { passwordProblem } from "../src/domain/access/password-problem.ts"
import {
  addStaff,
  Browser,
  count,
  createReseller,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  signInAs,
  signInStaff,
  testEnv,
  withConcurrentWrite,
} from "./support/app.ts"
import { hashSlowly } from "./support/hashing.ts"
import { PASSPHRASES } from "./support/passphrases.ts"
import { seededRandom } from "./support/random.ts"

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
  ["x(]{!}:;xx,.?-_/"], // from a generator, with little more than symbols
  ["🐎🔋📎🌵🦊🐙🍉🎸⚽🧊🍋🐌🐳 ab"],
  ["Priya 🌵🦊🐙🍉🎸⚽🧊🍋🐌"],
  ["la la la la la la la la"], // people repeat words in a phrase
  ["banana banana papaya papaya"],
  ["tick tock tick tock tick tock"],
  ["never, never, never, never"],
  ["a rose is a rose is a rose"],
  ["duran duran duran duran"],
  ["correct horse battery staple"], // famous, but only without spaces on the lists
  ["mississippi mississippi 1"],
  ["sunshine and rain 2026"],
  ["hippopotamus1987!"],
  ["football48357163"], // the digits are a part of it that nobody guesses first
  ["Donaudampfschiff1898"],
])("the password %o is accepted", (password) => {
  expect(passwordProblem(password, CONTEXT)).toBeUndefined()
})

it("no passphrase that people make up is refused, in any language", () => {
  expect(new Set(PASSPHRASES).size).toBeGreaterThanOrEqual(200)
  const refused = PASSPHRASES.flatMap((phrase) =>
    passwordProblem(phrase, CONTEXT) ? [[phrase, passwordProblem(phrase, CONTEXT)]] : [],
  )
  expect(refused).toEqual([])
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
  ["CorrectHorseBatteryStaple", COMMON],
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
  ["@cmeNetw0rks2026!", CONTAINS_NAME],
  ["northwind-202620!", CONTAINS_NAME],
  ["Northwind-2026!@#", CONTAINS_NAME],
  ["thisismypassword", COMMON],
  ["januaryfebruary", COMMON],
  ["customer1234567", COMMON],
  ["administrator123", COMMON],
  ["zxcvbnmasdfghjkl", COMMON],
  ["mnbvcxzlkjhgfdsa", COMMON],
  ["987654321qwertyuiop", COMMON],
  ["qwertyuiop123456", COMMON],
  ["QWERTYUIOP!@#$%^", COMMON],
  ["!QAZ2wsx#EDC4rfv", COMMON],
  ["1qaz!QAZ2wsx@WSX", COMMON],
  ["!@#$%^&*()_+1234", COMMON],
  ["qweasdzxc123!@#$", COMMON],
  ["1q2w3e4r5t6y7u8i", COMMON],
  ["abcdefghijklmnop", COMMON],
  ["aaaaaaaaaaaaaaab", COMMON],
  ["passwordpassword1", COMMON],
  ["letmeinletmein12", COMMON],
  ["hallohallo123456", COMMON],
  ["michaelmichael12", COMMON],
  ["Willkommen2026!!", COMMON],
  ["Summer2026!Summer2026!", COMMON],
  ["f00tball12345678", COMMON],
  ["!!!!2026Iloveyou", COMMON],
  ["Sunshine-Sunshine-2026", COMMON],
  ["monkey monkey monkey monkey", COMMON],
  ["hello hello hello hello", COMMON],
  ["monkey, monkey, monkey, monkey", COMMON],
  ["abc abc abc abc abc", COMMON],
  ["Password Sunshine 2026", COMMON],
  ["sunshine/sunshine/1", COMMON],
  ["chocolate-chocolate-1", COMMON],
  ["Dragon-Monkey-2026", COMMON],
  ["Hello-Hello-Hello-1", COMMON],
  ["Monkey_Monkey_1234", COMMON],
  ["iloveyou iloveyou 123", COMMON],
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

const HASH = /^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/

/** A hash as an earlier release stored it, at a lower cost. */
function hashAtCost(password: string, { N = 2 ** 14, r = 8, p = 1 } = {}) {
  const salt = Buffer.alloc(16, 7)
  const key = scryptSync(password, salt, 32, { N, r, p, maxmem: 2 ** 26 })
  return `scrypt$${N}$${r}$${p}$${salt.toString("base64url")}$${key.toString("base64url")}`
}

it("a password is stored as a scrypt hash with its cost and its own salt, as OWASP ASVS approves", async () => {
  hashSlowly()
  const [hash, anotherHash] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)]
  expect([hash, anotherHash]).toEqual([expect.stringMatching(HASH), expect.stringMatching(HASH)])
  expect(hash).not.toBe(anotherHash)
  const [, , , , salt = "", key = ""] = hash.split("$")
  const expected = scryptSync(PASSWORD, Buffer.from(salt, "base64url"), 32, { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 })
  expect(key).toBe(expected.toString("base64url"))
  expect(await verifyPassword({ hash, password: PASSWORD })).toBe(true)
  expect(await verifyPassword({ hash, password: `${PASSWORD}.` })).toBe(false)
})

it("a hash of another cost verifies, and one that needs too much memory or is malformed doesn't", async () => {
  hashSlowly()
  const hash = hashAtCost(PASSWORD)
  expect([await verifyPassword({ hash, password: PASSWORD }), isOutdatedHash(hash)]).toEqual([true, true])
  for (const broken of [
    "",
    "scrypt$AAAA$AAAA",
    hash.replace("$16384$", "$1048576$"),
    hash.replace("$16384$", "$x$"),
    hash.replace("$16384$", "$16383$"),
    hash.replace("$8$", "$0$"),
    hash.replace(/\$8\$\d+/, "$8$999"),
    hash.replace("scrypt", "md5"),
  ]) {
    expect([broken, await verifyPassword({ hash: broken, password: PASSWORD })]).toEqual([broken, false])
  }
})

it("signing in hashes the password again when the cost was raised, once, and keeps all sessions", async () => {
  const { resellerId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: "dana@acme.example", role: "admin" })
  const session = await signInAs(userId)
  hashSlowly()
  const store = (hash: string) => env.DB.prepare("UPDATE credentials SET password = ?").bind(hash).run()
  const stored = () => env.DB.prepare("SELECT password FROM credentials").first<string>("password")
  const old = hashAtCost(PASSWORD)
  await store(old)
  const signIn = (password: string) => new Browser().post("/sign-in", { email: "dana@acme.example", password })
  expect([(await signIn(`${PASSWORD}.`)).status, await stored()]).toEqual([422, old])
  expect((await signIn(PASSWORD)).status).toBe(303)
  const renewed = await stored()
  expect(renewed).toMatch(HASH)
  expect((await signIn(PASSWORD)).status).toBe(303)
  const changes = await count("audit_log", "action LIKE '%password%'")
  expect([await stored(), (await session.get("/")).status, changes]).toEqual([renewed, 200, 0])
})

it("a password that was changed while its hash was renewed stays changed", async () => {
  const { resellerId } = await createReseller()
  await addStaff(resellerId, { name: "Dana Ortiz", email: "dana@acme.example", role: "admin" })
  hashSlowly()
  await env.DB.prepare("UPDATE credentials SET password = ?").bind(hashAtCost(PASSWORD)).run()
  const browser = new Browser()
  const change = "UPDATE credentials SET password = 'changed'"
  browser.env = { ...testEnv, DB: withConcurrentWrite(change, 1) }
  await browser.post("/sign-in", { email: "dana@acme.example", password: PASSWORD })
  expect(await env.DB.prepare("SELECT password FROM credentials").first("password")).toBe("changed")
})

it("every password of the list that meets the length is refused, and hardly any other text is on it", () => {
  expect(env.TEST_COMMON_PASSWORDS.length).toBeGreaterThan(3_000)
  expect(env.TEST_COMMON_PASSWORDS.filter((password) => passwordProblem(password, []) !== COMMON)).toEqual([])
  const random = seededRandom(20_261_127)
  const texts = Array.from({ length: 200_000 }, () => Array.from({ length: 2 }, () => random(2 ** 31)).join("-"))
  expect(texts.filter(isCommonPassword).length).toBeLessThan(2) // 1 in 100,000
})

/** So many different emoji in no order. */
const emoji = (length: number) =>
  Array.from({ length }, (_, i) => String.fromCodePoint(0x1f600 + ((i * 37 + (i >> 3)) % 64))).join("")

const ACCENTED =
  "Příliš žluťoučký kůň úpěl ďábelské ódy, a přece šťastně přeběhl přes dlouhý dřevěný most k řece, kde čekala jeho věrná družka Běla".slice(
    0,
    128,
  )

it.each([
  ["128 emoji", emoji(128)],
  ["65 emoji", emoji(65)],
  ["128 letters whose accents are characters of their own", ACCENTED.normalize("NFD")],
  ["15 Chinese characters", "春天的风吹过山谷里的小小村庄了"],
])("a password of %s registers, signs in, and is accepted in its other normal form", async (_, password) => {
  const { browser } = await signInStaff()
  await invite(browser)
  const link = await latestRegistrationLink()
  expect((await new Browser().post(link, { ...REGISTRATION_FORM, password })).status).toBe(303)
  const signIn = (text: string) => new Browser().post("/sign-in", { email: "priya@northwind.example", password: text })
  for (const text of [password, password.normalize("NFC"), password.normalize("NFD")]) {
    expect((await signIn(text)).status).toBe(303)
  }
  expect((await signIn(`${password}.`)).status).toBe(422)
})

it("a password's length is checked before it is normalized", () => {
  const normalize = vi.spyOn(String.prototype, "normalize")
  const text = `a${"\u0301\u0323".repeat(50_000)}`
  expect(passwordProblem(text, [])).toBe("password_too_long")
  expect(normalize).not.toHaveBeenCalled()
  normalize.mockRestore()
})
