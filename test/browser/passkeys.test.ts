import type { CDPSession, Page } from "playwright-core"
import { expect, it } from "vitest"
import { timeStep, totpCode } from "../../src/domain/factors/totp.ts"
import { fromBase32 } from "../support/base32.ts"
import { checkPage, openPage, registrationPath, startFixture, waitForMail } from "./support.ts"

const DEMO_PASSWORD = "quiet-lantern-harbor"

const fixture = startFixture()

const VIEWPORTS = [
  ["phone-dark", { viewport: { width: 320, height: 740 }, colorScheme: "dark" }],
  ["desktop", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
] as const

/** Chromium's virtual authenticator: a built-in one that verifies its user. */
async function addAuthenticator(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send("WebAuthn.enable")
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { cdp, authenticatorId }
}

async function signInWithPassword(page: Page, email: string) {
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill(email)
  await page.getByLabel("Password").fill(DEMO_PASSWORD)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL((url) => url.pathname !== "/sign-in")
}

it("a contact registers with a passkey, signs in with it, and confirms their identity with it", async () => {
  const { url } = fixture.server
  const staff = await openPage(fixture.browser, url, {})
  await signInWithPassword(staff.page, "admin@acme.example")
  await staff.page.goto("/settings/staff/invites/new")
  await staff.page.getByLabel("Name", { exact: true }).fill("Lee Park")
  await staff.page.getByLabel("Email Address").fill("lee@acme.example")
  await staff.page.getByLabel("Admin", { exact: true }).check()
  await staff.page.getByRole("button", { name: "Send invite" }).click()
  await staff.page.getByText("The invite to Lee Park is on its way.").waitFor()

  const { page, pageErrors } = await openPage(fixture.browser, url, VIEWPORTS[0][1])
  const { cdp, authenticatorId } = await addAuthenticator(page)
  await page.goto(registrationPath(await waitForMail(url, "lee@acme.example")))
  await checkPage(page, "registration-with-passkey")
  await page.getByRole("button", { name: "Create account with a passkey" }).click()
  await page.locator("#accept_terms:focus").waitFor() // before it asks for a passkey
  expect((await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials).toEqual([])
  await page.getByLabel(/I accept/).check()
  await page.getByRole("button", { name: "Create account with a passkey" }).click()
  await page.getByRole("heading", { name: "Recovery codes" }).waitFor()
  expect((await page.locator("#recovery-codes").inputValue()).split("\n")).toHaveLength(10)
  await checkPage(page, "registration-recovery-codes")
  await page.getByRole("link", { name: "Done" }).click()
  await page.waitForURL((address) => address.pathname === "/")
  const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId })
  expect(credentials.map(({ rpId, isResidentCredential }) => [rpId, isResidentCredential])).toEqual([
    ["localhost", true],
  ])

  await page.context().clearCookies()
  await cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: false })
  await page.goto("/sign-in")
  await checkPage(page, "sign-in-with-passkey")
  await cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: true })
  await page.getByRole("button", { name: "Use a passkey" }).click()
  await page.waitForURL((address) => address.pathname === "/")

  await page.goto("/confirm-identity?next=/settings/api-keys/new")
  await checkPage(page, "confirm-identity-with-passkey")
  await page.getByRole("button", { name: "Use a passkey" }).click()
  await page.getByRole("heading", { name: "Create API key" }).waitFor()

  // Without the person's PIN or fingerprint, the browser gives no answer.
  await page.context().clearCookies()
  await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false })
  await cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: false })
  await page.goto("/sign-in")
  await cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: true })
  const button = page.getByRole("button", { name: "Use a passkey" })
  await button.click()
  await page.locator("button[data-passkey]:not([disabled])").waitFor()
  expect(new URL(page.url()).pathname).toBe("/sign-in")
  expect(pageErrors).toEqual([])
})

it("the browser's autofill offers the passkey on the sign-in page", async () => {
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, VIEWPORTS[1][1])
  await addAuthenticator(page)
  await signInWithPassword(page, "admin@globex.example")
  await page.goto("/profile/passkeys/new")
  await checkPage(page, "passkey-new-desktop")
  await page.getByLabel("Name", { exact: true }).fill("Laptop")
  await page.getByLabel("Name", { exact: true }).press("Enter")
  await page.getByText("Save these codes now.").waitFor()
  await checkPage(page, "recovery-codes-desktop")
  await page.getByRole("link", { name: "Done" }).click()
  await page.getByText("Laptop").first().waitFor()
  await checkPage(page, "profile-with-passkey-desktop")
  await page.context().clearCookies()
  // The virtual authenticator chooses the passkey that the autofill offers.
  await page.goto("/sign-in")
  await page.waitForURL((address) => address.pathname === "/")
  expect(pageErrors).toEqual([])
})

it.each(VIEWPORTS)("staff set up an authenticator app and sign in with its code: %s", async (name, options) => {
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, options)
  const email = name === "desktop" ? "readonly@acme.example" : "admin@acme.example"
  await signInWithPassword(page, email)
  await page.goto("/profile/second-factor")
  await checkPage(page, `second-factor-setup-${name}`)
  await page.goto("/profile")
  await checkPage(page, `profile-${name}`)
  await page.getByRole("link", { name: "Set up an app" }).click()
  await checkPage(page, `authenticator-${name}`)
  const secret = fromBase32(await page.getByLabel("Or enter this key in the app").inputValue())
  const step = timeStep(new Date())
  await page.getByRole("textbox", { name: "Code" }).fill(totpCode(secret, step, "sha256"))
  await page.getByRole("button", { name: "Turn on" }).click()
  await page.getByText("Save these codes now.").waitFor()
  await checkPage(page, `recovery-codes-${name}`)
  await page.context().clearCookies()

  await signInWithPassword(page, email)
  expect(new URL(page.url()).pathname).toBe("/sign-in/second-factor")
  await checkPage(page, `second-factor-${name}`)
  await page.getByRole("textbox", { name: "Code" }).fill("000000")
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByText("This code isn't valid").waitFor()
  await page.getByRole("textbox", { name: "Code" }).fill(totpCode(secret, step + 1, "sha256"))
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL((address) => address.pathname === "/")
  expect(pageErrors).toEqual([])
})
