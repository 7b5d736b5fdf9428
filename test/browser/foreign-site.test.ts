import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, it } from "vitest"
import { createInvite, openAsStaff } from "./staff.ts"
import { openPage, registrationPath, signOut, startFixture, waitForMail } from "./support.ts"

const fixture = startFixture()

/** Invites an address and returns the path of its registration link. */
async function inviteByApi(contact_email: string): Promise<string> {
  await createInvite(fixture, "Northwind Logistics", { contact_email, send_email: true })
  return registrationPath(await waitForMail(fixture.server.url, contact_email))
}

/** A site on another host whose only page posts a registration to ours, without a referrer. */
async function startForeignSite(target: string) {
  const fields = { name: "Mallory", password: "a short sentence works", accept_terms: "on" }
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`)
  const html = `<!doctype html><meta name="referrer" content="no-referrer"><title>x</title>
    <form method="post" action="${target}">${inputs.join("")}<button>Go</button></form>`
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(html))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, stop: () => server.close() }
}

it("another site can't register or sign in a visitor, although it sends `Origin: null` as link pages do", async () => {
  const { url } = fixture.server
  const link = await inviteByApi("mallory@northwind.example")
  const site = await startForeignSite(url + link)
  const context = await fixture.browser.newContext()
  const page = await context.newPage()
  await page.goto(site.url)
  const [response] = await Promise.all([
    page.waitForResponse((candidate) => candidate.url().startsWith(url)),
    page.getByRole("button", { name: "Go" }).click(),
  ])
  const headers = await response.request().allHeaders()
  expect([headers.origin, headers["sec-fetch-site"], response.status()]).toEqual(["null", "cross-site", 403])
  const names = (await context.cookies(url)).map(({ name }) => name)
  expect(names.filter((name) => name !== "vestibule.time_zone")).toEqual([])
  site.stop()
  await context.close()
})

it("a registration link's own form works, and signing out clears what the browser kept", async () => {
  const { url } = fixture.server
  const { page, pageErrors } = await openPage(fixture.browser, url, {})
  await page.goto(await inviteByApi("priya@northwind.example"))
  await page.getByLabel("Password", { exact: true }).fill("a short sentence works")
  await page.getByLabel("I accept the").check()
  await page.getByRole("button", { name: "Create account", exact: true }).click()
  await page.waitForURL("**/account")
  const cookies = async () => (await page.context().cookies(url)).toSorted((a, b) => a.name.localeCompare(b.name))
  const registered = await cookies()
  const [, known, session] = registered
  expect(registered.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite])).toEqual([
    ["vestibule.bookmark", true, "Lax"],
    ["vestibule.known_browser", true, "Lax"],
    ["vestibule.session_token", true, "Lax"],
    ["vestibule.time_zone", false, "Lax"],
  ])
  expect(decodeURIComponent(session?.value ?? "")).toMatch(/^\w{32}\.[\w+/]{43}=$/)
  await signOut(page)
  await page.waitForURL("**/sign-in")
  // The sign-in page sets a cookie of its own when it offers passkeys.
  const kept = (await cookies()).filter(({ name }) => name !== "vestibule.passkey_browser")
  expect(kept.map(({ name }) => name)).toEqual(["vestibule.bookmark", "vestibule.known_browser", "vestibule.time_zone"])
  expect(kept[1]).toEqual(known)
  await page.goBack()
  expect(page.url()).toContain("/sign-in")
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("a page refuses to turn text into HTML or scripts, except htmx's fragments", async () => {
  const { page } = await openPage(fixture.browser, fixture.server.url, {})
  await page.goto("/sign-in")
  const results = await page.evaluate(() => {
    const attempt = (sink: () => void) => {
      try {
        sink()
        return "allowed"
      } catch (error) {
        return error instanceof TypeError ? "refused" : String(error)
      }
    }
    return [
      attempt(() => (document.createElement("div").innerHTML = "<img src=x>")),
      attempt(() => (document.createElement("script").src = "/x.js")),
      attempt(() => Reflect.get(window, "trustedTypes").createPolicy("other", {})),
    ]
  })
  expect(results).toEqual(["refused", "refused", "refused"])
  await page.context().close()
})

it("the first fragment is accepted even if it arrives before our other scripts", async () => {
  const { page, pageErrors } = await openAsStaff(fixture)
  for (const company of ["Fabrikam", "Contoso"]) await createInvite(fixture, company)
  const held = Promise.withResolvers<void>()
  await page.route("**/assets/app.*.js", (route) => held.promise.then(() => route.continue()))
  await page.goto("/customers/invites", { waitUntil: "commit" })
  await page.waitForFunction(() => "htmx" in window)
  await page.getByRole("searchbox").fill("Contoso")
  await page.getByRole("link", { name: "Fabrikam" }).waitFor({ state: "detached" })
  expect(await page.getByRole("link", { name: "Contoso" }).count()).toBe(1)
  expect(pageErrors).toEqual([])
  held.resolve()
  await page.context().close()
})
