import { expect, it } from "vitest"
import { sanitizeLine } from "../src/text/sanitize.ts"
import { callApi, createApiKey, createReseller } from "./support/app.ts"
import { insertInvites } from "./support/search-invites.ts"
import { rowsOf } from "./support/table.ts"

const searches = rowsOf("searches").map(([query = "", found = "", missed = ""]) => ({
  query,
  found: found.split(" | "),
  missed: missed.split(" | "),
}))
const stored = [...new Set(searches.flatMap(({ found, missed }) => [...found, ...missed]))]

it("there are at least 120 searches", () => {
  expect(searches.length).toBeGreaterThanOrEqual(120)
})

/** The names and addresses in the results of a search. */
async function search(key: string, query: string): Promise<string[]> {
  const response = await callApi({ key, path: `/invites?limit=100&q=${encodeURIComponent(query)}` })
  const { data } = await response.json<{ data: { contact_name: string; contact_email: string }[] }>()
  return data.flatMap((invite) => [invite.contact_name, invite.contact_email])
}

it("each search finds what a person would call the same, and nothing else", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  await insertInvites(
    resellerId,
    stored.map((text, i) => {
      const isAddress = text.includes("@")
      return { contactName: isAddress ? "Q" : sanitizeLine(text), contactEmail: isAddress ? text : `${i}.q@h.h` }
    }),
  )
  const wrong: string[] = []
  for (const { query, found, missed } of searches) {
    const results = await search(key, query)
    wrong.push(
      ...found.filter((text) => !results.includes(sanitizeLine(text))).map((text) => `${query} misses ${text}`),
    )
    wrong.push(...missed.filter((text) => results.includes(sanitizeLine(text))).map((text) => `${query} finds ${text}`))
  }
  expect(wrong).toEqual([])
}, 60_000)
