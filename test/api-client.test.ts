/// <reference types="vite/types/importMeta.d.ts" />
import { createExecutionContext } from "cloudflare:test"
import { expect, expectTypeOf, it } from "vitest"
import { createClient } from "../src/api/typed-client.ts"
import { app } from "../src/local/app.ts"
import { example } from "./api-example.ts"
import { createApiKey, createReseller, ORIGIN, testEnv } from "./support/app.ts"

const files = import.meta.glob<string>(["../src/README.md", "./api-example.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
})

async function createTestClient() {
  const { resellerId } = await createReseller()
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) =>
    app.fetch(new Request(input, init), testEnv, createExecutionContext())
  return createClient(ORIGIN, await createApiKey(resellerId), { fetch })
}

it("the example of the typed client in src/README.md creates and lists an invite", async () => {
  const { created, pending } = await example(await createTestClient())
  if (!pending.ok) throw new Error("the list was refused")
  const { data } = await pending.json()
  expect(data).toEqual([created])
  expectTypeOf(created.status).toEqualTypeOf<"pending" | "accepted" | "expired" | "revoked" | "declined">()
  const readmeExample = files["./api-example.ts"]?.split(/ *\/\/ README (?:begins|ends)\n/)[1]
  expect(files["../src/README.md"]).toContain(readmeExample?.replace(/^ {2}/gm, "").trim())
})

it("the typed client distinguishes a problem from a successful response", async () => {
  const api = await createTestClient()
  const response = await api.invites[":id"].$get({ param: { id: "inv_none" } })
  if (response.ok) throw new Error("the invite should not exist")
  expect(await response.json()).toMatchObject({ code: "not_found", status: 404 })
})
