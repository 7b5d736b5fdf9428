import { expect, it } from "vitest"
import { authFor } from "../src/http/better-auth.ts"
import { addStaff, Browser, count, createReseller, PASSWORD, testEnv } from "./support/app.ts"
import { hashSlowly } from "./support/hashing.ts"

const namesOf = (headers: Headers) => headers.getSetCookie().map((cookie) => cookie.split("=")[0])

it("the sign-in form checks the password and sets the same session cookie as other tests", async () => {
  hashSlowly()
  const { resellerId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: "admin@acme.example", role: "admin" })
  const browser = new Browser()

  const wrong = await browser.post("/sign-in", { email: "admin@acme.example", password: `${PASSWORD}.` })
  expect([wrong.status, namesOf(wrong.headers), await count("sessions")]).toEqual([422, ["vestibule.bookmark"], 0])
  expect((await browser.get("/")).headers.get("Location")).toBe("/sign-in")

  const right = await browser.post("/sign-in", { email: " Admin@ACME.example ", password: PASSWORD })
  expect([right.status, right.headers.get("Location"), await count("sessions")]).toEqual([303, "/", 1])
  expect((await browser.get("/")).status).toBe(200)

  const { headers } = await authFor(testEnv).api.signInAccepted({ body: { userId }, returnHeaders: true })
  expect(namesOf(headers)).toEqual(["vestibule.session_token"])
  expect(namesOf(right.headers)).toEqual([...namesOf(headers), "vestibule.known_browser", "vestibule.bookmark"])
})
