import { href, ROUTES } from "../../src/routes.ts"
import { Browser, invite, latestRegistrationLink, sendDueEmails } from "./app.ts"
import {
  createCustomerWithRole,
  createResellerWithRole,
  fillIds,
  memberRoutes,
  staffRoutes,
  type Visitor,
} from "./visitors.ts"

export type FormField = { name: string; value: string; type: string; lastOption?: string }
/** A form of a page: where it posts to, with the values that the page put into its fields. */
export type PageForm = { action: string; fields: FormField[]; browser: Browser; page?: string }

/** A page whose query is input too. */
export type Page = { path: string; browser: Browser }

const unescapeHtml = (text: string) =>
  text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name as string] ?? "",
  )
const attribute = (tag: string, name: string) => unescapeHtml(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? "")

function lastOption(form: string, select: string): string {
  const [options = ""] = (form.split(select)[1] ?? "").split("</select>")
  return attribute([...options.matchAll(/<option [^>]*>/g)].at(-1)?.[0] ?? "", "value")
}

/** The forms of a page, also the buttons that submit a form to another place. */
export function formsOf(html: string, browser: Browser): PageForm[] {
  return [...html.matchAll(/<form [^>]*method="post"[^>]*>.*?<\/form>/gs)].flatMap(([form]) => {
    const controls = [...form.matchAll(/<(?:input|select|textarea|button) [^>]*name="[^"]+"[^>]*>/g)].map(
      ([tag]) => tag,
    )
    const fields = controls.map((tag) => {
      const type = attribute(tag, "type") || tag.slice(1, tag.indexOf(" "))
      const name = attribute(tag, "name")
      const options = type === "select" && { lastOption: lastOption(form, tag) }
      return { name, value: attribute(tag, "value"), type, ...options }
    })
    const others = [...form.matchAll(/ formaction="([^"]*)"/g)].map(([, path = ""]) => unescapeHtml(path))
    return [attribute(form, "action"), ...others].map((action) => ({ action, fields, browser }))
  })
}

/** The values of all hidden fields of a page. */
export function hiddenFieldsOf(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, unescapeHtml(value)]))
}

async function formsOfPages(pages: Page[]): Promise<PageForm[]> {
  const forms: PageForm[] = []
  for (const { path, browser } of pages) {
    const html = await (await browser.get(path)).text()
    forms.push(...formsOf(html, browser).map((form) => ({ ...form, page: path })))
  }
  return [...new Map(forms.map((form) => [form.action, form])).values()].filter(({ action }) => action)
}

const pagesOf = (routes: typeof staffRoutes | typeof memberRoutes, { browser, ids }: Visitor): Page[] =>
  routes.filter(({ method }) => method === "GET").map((route) => ({ path: fillIds(route, ids), browser }))

/** The token of a copied link, which asks for a code. */
async function copyLink({ browser }: Visitor): Promise<string> {
  const id = await invite(browser, { contact_email: "copied@b.example" })
  const page = await (await browser.post(href("customers.invites.issueLink", { id }))).text()
  return /\/r\/([\w-]{42})/.exec(page)?.[1] ?? ""
}

/** Staff, a member and a guest with links: every page that they can open, and every form on these pages. */
export async function openEveryPage(): Promise<{ pages: Page[]; forms: PageForm[]; staff: Visitor; member: Visitor }> {
  const staff = await createResellerWithRole("admin")
  const member = await createCustomerWithRole("admin", staff.browser)
  const guest = new Browser()
  await guest.post(href("passwordReset.request"), { email: "sam@contoso.example" })
  const mails = await sendDueEmails()
  const resetLink = mails.map(({ text }) => /(\/reset-password\/\S+)/.exec(text)?.[1]).find(Boolean) ?? ""
  await invite(staff.browser, { contact_email: "guest@b.example" })
  const registrationLink = await latestRegistrationLink()
  const profile = ROUTES.filter(({ area, method }) => area === "session" && method === "GET")
  const open = ROUTES.filter(({ area, method, path }) => area === "public" && method === "GET" && !/[:*]/.test(path))
  const pages: Page[] = [
    ...pagesOf(staffRoutes, staff),
    ...pagesOf(memberRoutes, member),
    ...profile.map(({ path }) => ({ path, browser: staff.browser })),
    ...open.map(({ path }) => ({ path, browser: guest })),
    ...[resetLink, registrationLink].map((path) => ({ path, browser: guest })),
  ]
  const forms = await formsOfPages(pages)
  const code = { name: "code", value: "", type: "text" }
  forms.push({
    action: href("registration.verifyCode", { token: await copyLink(staff) }),
    fields: [code],
    browser: guest,
  })
  const preview = forms.find(({ action }) => action.startsWith(href("customers.invites.create")))
  const previewForm = preview && { ...preview, action: href("customers.invites.preview") }
  return { pages, forms: previewForm ? [...forms, previewForm] : forms, staff, member }
}
