import { expect, it } from "vitest"
import { createInvite } from "./staff.ts"
import { changeDatabase, checkPage, openPage, startFixture } from "./support.ts"

const fixture = startFixture()

const VIEWS = [
  { name: "desktop", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "phone-dark", viewport: { width: 320, height: 640 }, colorScheme: "dark" },
] as const

/** Emails, a webhook and a reseller in the states of a bad day. */
async function breakDeployment(view: string) {
  const id = await createInvite(fixture, `Held on a ${view}`, { send_email: true })
  changeDatabase(
    fixture.server,
    `UPDATE outbox SET status = 'failed', last_error_code = 'E_HELD_BY_RESTORE', claimed_at = created_at WHERE invite_id = '${id}';
     INSERT OR REPLACE INTO outbox (id, kind, recipient, status, next_attempt_at, last_error_code, created_at) VALUES
       ('eml_1', 'security_notice', 'x@x.example', 'queued', 9e15, 'E_SENDER_DOMAIN_NOT_AVAILABLE', unixepoch() * 1000),
       ('eml_3', 'security_notice', 'x@x.example', 'queued', 9e15, 'E_NO_ANSWER', unixepoch() * 1000 - 3600000),
       ('eml_2', 'password_reset', '', 'failed', 0, 'E_FIELD_MISSING', unixepoch() * 1000);
     INSERT OR REPLACE INTO deployment_facts (name, at, detail) VALUES ('sender_refused', unixepoch() * 1000, 'E_SENDER_DOMAIN_NOT_AVAILABLE');
     UPDATE resellers SET suspended_at = unixepoch() * 1000 WHERE name = 'Globex Connect'`,
  )
}

it.each(VIEWS)(
  "the operator's page on a bad day is accessible, and its emails are sent again by keyboard: $name",
  async (view) => {
    await breakDeployment(view.name)
    const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, view)
    await page.goto("/operator")
    await checkPage(page, `operator-sign-in-${view.name}`)
    await page.getByLabel("Operator token").fill("local-operator")
    await page.keyboard.press("Enter")
    await page.getByRole("heading", { name: "Dead letters" }).waitFor()
    await page.getByText("E_HELD_BY_RESTORE").first().waitFor()
    await checkPage(page, `operator-${view.name}`)
    await page.getByRole("button", { name: "Send all again" }).focus()
    await page.keyboard.press("Enter")
    await page.waitForURL(/replayed=1/)
    await checkPage(page, `operator-replayed-${view.name}`)
    expect(pageErrors).toEqual([])
  },
)
