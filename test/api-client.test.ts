/// <reference types="vite/types/importMeta.d.ts" />
import { createExecutionContext } from "cloudflare:test"
import { expect, expectTypeOf, it } from "vitest"
import { vestibule } from "../src/api/client.ts"
import { app } from "../src/app.ts"
import { example } from "./api-example.ts"
import { ORIGIN, openKey, openTenant, testEnv } from "./house.ts"

const files = import.meta.glob<string>(["../README.md", "./api-example.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
})

async function openClient() {
  const { resellerId } = await openTenant()
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) =>
    app.fetch(new Request(input, init), testEnv, createExecutionContext())
  return vestibule(ORIGIN, await openKey(resellerId), { fetch })
}

it("the typed client invites and lists, as the README shows", async () => {
  const { made, pending } = await example(await openClient())
  if (!pending.ok) throw new Error("the list was refused")
  const { data } = await pending.json()
  expect(data).toEqual([made])
  expectTypeOf(made.status).toEqualTypeOf<"pending" | "accepted" | "expired" | "revoked" | "declined">()
  const shown = files["./api-example.ts"]?.split(/ *\/\/ README (?:begins|ends)\n/)[1]
  expect(files["../README.md"]).toContain(shown?.replace(/^ {2}/gm, "").trim())
})

it("the typed client tells a problem from an answer", async () => {
  const api = await openClient()
  const answer = await api.invites[":id"].$get({ param: { id: "inv_none" } })
  if (answer.ok) throw new Error("there should be no such invite")
  expect(await answer.json()).toMatchObject({ code: "not_found", status: 404 })
})
