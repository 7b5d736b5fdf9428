import type { Browser } from "./app.ts"
import { formsOf } from "./page-forms.ts"

/** The page that confirms a bulk action, and where it posts to. */
export const NEW = "/customers/invites/jobs/new"

/** The fields of the confirmation that a query leads to. */
export async function confirmation(browser: Browser, query: string): Promise<string[][]> {
  const response = await browser.get(`${NEW}?${query}`)
  const form = formsOf(await response.text(), browser).find(({ action }) => action.startsWith(NEW))
  return form?.fields.map(({ name, value }) => [name, value]).filter(([name]) => name !== "billing_account_id") ?? []
}

/** Confirms a bulk action as its page says it. */
export const confirm = async (browser: Browser, query: string, more: string[][] = []) =>
  browser.post(NEW, [...(await confirmation(browser, query)), ...more])

/** The id of the job that a response leads to. */
export const jobIdIn = (response: Response) =>
  /job_[0-9a-z]{26}/.exec(response.headers.get("Location") ?? "")?.[0] ?? "none"
