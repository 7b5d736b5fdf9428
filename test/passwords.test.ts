import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { passwordProblem } from "../src/domain/password-rules.ts"
import { Browser, count, dice, invite, newestLink, openHouse, REGISTRATION } from "./house.ts"

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
  ["J7$kq!2mZx9#Lw0p"], // as a password manager makes them
  ["48201957301846629175"],
  ["ünïcödé wörds äré fine"],
  ["northwind was my grandmother's boat"],
  ["Sz#0),Hu+>>xB#|"],
  ["|~d[]g%7-!?=_Ml/XQ"],
  ["🐎🔋📎 correct, 🐎 and the 🔋 is full ".repeat(3)],
  [`${"x".repeat(8)}kfjqhwzpvb`],
  ["the dragon ate my homework on monday"],
  ["p".padEnd(128, "assphrase of many words, ")],
])("%o is a password", (password) => {
  expect(passwordProblem(password, CONTEXT)).toBeUndefined()
})

const SHORT = "Use 15 characters or more"
const GUESSED = "first that attackers try"
const KNOWN = "names that others know"

it.each([
  ["fourteen chars", SHORT],
  ["", SHORT],
  ["𝒜𝒷𝒸𝒹ℯ𝒻ℊ", SHORT],
  ["a".repeat(129), "Use 128 characters or fewer"],
  ["aaaaaaaaaaaaaaaaaaaa", GUESSED],
  ["                 x y z a b c d e", GUESSED],
  ["aabaabaabaabaab", GUESSED],
  ["footballbaseball", GUESSED],
  ["abcabcabcabcabcabc", GUESSED],
  ["123456789012345", GUESSED],
  ["0123456789abcdef", GUESSED],
  ["abcdefghijklmnopqrstuvwxyz", GUESSED],
  ["qwertyuiopasdfghjkl", GUESSED],
  ["1qaz2wsx3edc4rfv", GUESSED],
  ["passwordpassword", GUESSED],
  ["PasswordPassword1", GUESSED],
  ["Password 12345678!", GUESSED],
  ["password1234567", GUESSED],
  ["123456789987654321", GUESSED],
  ["letmein letmein letmein", GUESSED],
  ["Correct Horse Battery Staple", GUESSED],
  ["northwind logistics", KNOWN],
  ["NorthwindLogistics2026", KNOWN],
  ["Acme-Networks-2026!", KNOWN],
  ["priya@northwind.example", KNOWN],
  ["Priya Nair Northwind", KNOWN],
  ["PacketFabric12345", KNOWN],
  ["vestibule vestibule", KNOWN],
  ["northwind123456789", KNOWN],
  ["northwindpassword", KNOWN],
  ["n0rthw1nd l0g1st1cs", KNOWN],
  ["northwind!@#$%^&*", KNOWN],
  ["CorrectHorseBatteryStaple1", GUESSED],
  ["1q2w3e4r5t6y7u8i9o0p", GUESSED],
  ["P4ssw0rdP4ssw0rd", GUESSED],
  ["ﷺ", SHORT],
  ["P@ssw0rd12345678", GUESSED],
  ["aaabbbcccdddeee", GUESSED],
  ["a1b2c3d4e5f6g7h8", GUESSED],
  ["01012026 01012026", GUESSED],
  ["31415926535897932", GUESSED],
  ["@cmeNetw0rks2026!", KNOWN],
  ["northwind-202620!", KNOWN],
  ["Northwind-2026!@#", KNOWN],
  ["dniwhtron dniwhtron", KNOWN],
  ["thisismypassword", GUESSED],
  ["januaryfebruary", GUESSED],
  ["customer1234567", GUESSED],
  ["administrator123", KNOWN],
])("%o is refused", (password, words) => {
  expect(passwordProblem(password, CONTEXT)).toContain(words)
})

const LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
const SYMBOLS = "!#$%&()*+,-./:;<=>?@[]^_{|}~"

it.each([
  ["letters and digits", `${LETTERS}23456789`, 16],
  ["all that can be typed", `${LETTERS}0123456789${SYMBOLS}`, 15],
  ["small letters", LETTERS.slice(0, 25), 15],
  ["hexadecimal digits", "0123456789abcdef", 32],
  ["digits", "0123456789", 20],
])("of a thousand random passwords of %s one is refused by chance at most", (_, alphabet, length) => {
  const roll = dice(20_261_124)
  const refused: string[] = []
  for (let n = 0; n < 1_000; n++) {
    const password = Array.from({ length }, () => alphabet[roll(alphabet.length)]).join("")
    if (passwordProblem(password, CONTEXT)) refused.push(password)
  }
  expect(refused.length, refused.join(" ")).toBeLessThanOrEqual(1)
})

it("a long password that is one short piece many times is refused too", () => {
  for (const password of ["ab".repeat(64), `${"ab".repeat(60)}x`, "a1b2c3d4".repeat(16), "qwertyuiop".repeat(12)]) {
    expect(passwordProblem(password, CONTEXT)).toContain(GUESSED)
  }
})

it("a password of the company's name is refused at its field when somebody registers, and nothing is made", async () => {
  const { browser } = await openHouse()
  await invite(browser)
  const link = await newestLink()
  const refused = await new Browser().post(link, { ...REGISTRATION, password: "Northwind Logistics!" })
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(KNOWN)])
  expect([await count("customers"), await count("users", "email = 'priya@northwind.example'")]).toEqual([0, 0])
  expect((await new Browser().post(link, { ...REGISTRATION, password: " spaces count, and stay " })).status).toBe(303)
  const signIn = (password: string) => new Browser().post("/sign-in", { email: "priya@northwind.example", password })
  expect((await signIn(" spaces count, and stay ")).status).toBe(303)
  expect((await signIn("spaces count, and stay")).status).toBe(422)
  expect(await env.DB.prepare("SELECT count(*) AS n FROM credentials WHERE password LIKE '%spaces%'").first("n")).toBe(
    0,
  )
})
