import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { checkPage, openPage, startFixture, waitForMail } from "./support.ts"

const fixture = startFixture()

/** Long names and several scripts. */
const COMPANIES = [
  ["Northwind Logistics", "Priya Nair", "priya"],
  [
    "Internationale Gesellschaft für Schiffahrts- und Hafenlogistik mbH & Co. KGaA",
    "Dr. Maximiliane Freifrau von und zu Oberlangenfeld-Hohenstein",
    "maximiliane.von.und.zu.oberlangenfeld-hohenstein",
  ],
  ["東京海上データセンター株式会社", "山田 太郎", "yamada"],
  ["רשתות תל אביב בע״מ", "נועה כהן", "noa"],
  ["شركة الخليج للاتصالات", "فاطمة الزهراء", "fatima"],
  ["O'Reilly & Sons <Networks>", "Seán O'Reilly", "sean"],
  ["Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "Jörg Müßig", "joerg1x0"],
] as const

const address = (name: string, run: string, n: number | string) => `${name}@${run}-${n}.example`

/** Rows as a spreadsheet copies them: those above, one whose address isn't one, and one that is there twice. */
function spreadsheet(run: string): string {
  const rows = COMPANIES.map(([company, contact, name], n) => [`${company} ${run}`, contact, address(name, run, n)])
  const faulty = [
    [`Contoso Health ${run}`, "Marta Silva", `marta at ${run}.example`],
    ["Fabrikam Steel", "Ken Mori", address("priya", run, 0)],
  ]
  return [["Company", "Contact", "E-mail"], ...rows, ...faulty].map((cells) => cells.join("\t")).join("\n")
}

type View = { width: number; hasScript: boolean; colorScheme: "light" | "dark" }

async function signIn({ width, hasScript, colorScheme }: View) {
  const viewport = { width, height: width < 500 ? 740 : 860 }
  const options = { viewport, colorScheme, javaScriptEnabled: hasScript }
  const opened = await openPage(fixture.browser, fixture.server.url, options)
  const { page } = opened
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill("admin@acme.example")
  await page.getByLabel("Password").fill("quiet-lantern-harbor")
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL(({ pathname }) => pathname === "/")
  return opened
}

/** Pastes rows, accepts the columns as they were guessed, and waits for the dry run. */
async function pasteRows(page: Page, rows: string, look: (name: string) => Promise<void> = async () => {}) {
  await page.goto("/customers/invites/imports/new")
  await look("start")
  await page.getByLabel("Or paste rows").fill(rows)
  await page.getByRole("button", { name: "Continue" }).click()
  await page.getByRole("heading", { name: "Match the columns" }).waitFor()
  expect(await page.getByLabel("Company name").inputValue()).toBe("0")
  await look("mapping")
  await page.getByRole("button", { name: "Check rows" }).click()
  await page.getByRole("heading", { name: "Check the rows" }).waitFor()
}

/** The number and the result of each row that is shown. */
const shownRows = (page: Page) =>
  page
    .locator("tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) => [row.querySelector("td")?.textContent, row.querySelector(".badge")?.textContent]),
    )

const VIEWS: View[] = [
  { width: 1280, hasScript: true, colorScheme: "light" },
  { width: 360, hasScript: true, colorScheme: "dark" },
  { width: 1280, hasScript: false, colorScheme: "dark" },
  { width: 360, hasScript: false, colorScheme: "light" },
]

it.each(VIEWS)(
  "pasted rows are checked, corrected and sent, with the page closed ($width px, script: $hasScript)",
  async (view) => {
    const run = `${view.width}-${view.hasScript ? "script" : "plain"}`
    const { page, pageErrors } = await signIn(view)
    const look = async (name: string) => {
      if (view.hasScript) await checkPage(page, `import-${name}-${view.width}-${view.colorScheme}`)
    }
    await pasteRows(page, spreadsheet(run), look)
    const ready = COMPANIES.map((_, n) => [String(n + 2), "Ready"])
    expect(await shownRows(page)).toEqual([["9", "Invalid email address"], ["10", "Twice in this file"], ...ready])
    await look("check")

    await page.getByRole("link", { name: "Correct" }).first().click()
    await page.getByRole("heading", { name: "Row 9" }).waitFor()
    await look("row")
    await page.getByLabel("Contact Email Address").fill(address("marta", run, "fixed"))
    await page.getByRole("button", { name: "Save row" }).click()
    await page.waitForURL("**/imports/job_*#row-9")
    expect(await shownRows(page)).toEqual([["10", "Twice in this file"], ...ready, ["9", "Ready"]])
    expect(await page.locator("#text, #contact_email").count()).toBe(0)

    await page.getByRole("link", { name: "Send 8 invites" }).click()
    await page.getByRole("heading", { name: "Send 8 invites?" }).waitFor()
    expect(await page.locator("main").innerText()).toContain("1 row has a problem")
    await look("confirm")
    await page.getByRole("button", { name: "Send invites" }).click()
    await page.waitForURL(({ pathname }) => /\/imports\/job_[0-9a-z]+$/.test(pathname))
    const path = new URL(page.url()).pathname
    await page.close()

    const again = await page.context().newPage()
    await waitForMail(fixture.server.url, address("marta", run, "fixed"))
    await again.goto(path)
    const sent = [...ready.map(([number]) => [number, "Invited"]), ["9", "Invited"]]
    await expect
      .poll(async () => (await again.reload()) && shownRows(again))
      .toEqual(expect.arrayContaining([...sent, ["10", "Twice in this file"]]))
    if (view.hasScript) await checkPage(again, `import-results-${view.width}-${view.colorScheme}`)
    const download = again.waitForEvent("download")
    await again.getByRole("link", { name: "Download rows that weren't invited" }).click()
    expect((await download).suggestedFilename()).toMatch(/^import-.*\.csv$/)
    await again.goto("/customers/invites/imports")
    expect(await again.locator("main li").first().innerText()).toContain("Done")
    expect(pageErrors).toEqual([])
    await again.context().close()
  },
)

it("an import that waits for the hourly limit shows how far it is, also without script, and can be cancelled", async () => {
  const many = Array.from({ length: 450 }, (_, n) => `Company ${n}\tContact ${n}\tcontact@many-${n}.example`)
  const { page, pageErrors } = await signIn({ width: 1280, hasScript: true, colorScheme: "light" })
  await pasteRows(page, ["Company\tContact\tE-mail", ...many].join("\n"))
  await page.getByRole("link", { name: "Send 450 invites" }).click()
  await page.getByRole("button", { name: "Send invites" }).click()
  await page.getByRole("progressbar").waitFor()
  const path = new URL(page.url()).pathname
  const closedAt = await page.getByRole("progressbar").getAttribute("value")
  await page.close()

  const { page: plain } = await signIn({ width: 360, hasScript: false, colorScheme: "dark" })
  const handled = async () => Number(await plain.getByRole("progressbar").getAttribute("value"))
  await expect.poll(async () => (await plain.goto(path)) && handled(), { timeout: 30_000 }).toBeGreaterThan(300)
  expect(await handled()).toBeGreaterThan(Number(closedAt))
  expect(await handled()).toBeLessThan(450)
  expect(await plain.locator("#import").innerText()).toContain("Reload this page to see the progress.")
  await plain.getByRole("button", { name: "Pause" }).click()
  expect(await plain.locator("#import .badge").first().innerText()).toBe("Paused")

  const again = await page.context().newPage()
  await again.goto(path)
  await checkPage(again, "import-paused-1280-light")
  await again.getByRole("button", { name: "Resume" }).click()
  await again.getByText("Running").waitFor()
  await checkPage(again, "import-running-1280-light")
  await again.getByRole("button", { name: "Cancel the rest" }).click()
  await again.getByText("Cancelled").first().waitFor()
  expect(pageErrors).toEqual([])
  await again.context().close()
  await plain.context().close()
})
