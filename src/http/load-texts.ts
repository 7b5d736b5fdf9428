import { isApiPath } from "../routes.ts"
import { addTexts, hasTexts } from "../text/packed.ts"
import { factory } from "./context.ts"
import { logError } from "./log.ts"
import { readAsset } from "./read-asset.ts"

/** Reads the messages in other languages than English, a static asset, once per isolate. */
export async function loadTexts(env: Pick<Env, "ASSETS">): Promise<void> {
  if (hasTexts()) return
  const response = await readAsset(env, "texts.json")
  addTexts(await response.json())
}

/** The same for pages and emails. Without the messages, a page is in English, and an email in another language isn't sent yet. */
export async function tryToLoadTexts(env: Env): Promise<void> {
  await loadTexts(env).catch((error) => logError("the messages in other languages couldn't be loaded", error))
}

/** Loads them before a page. The API is in English. */
export const withTexts = factory.createMiddleware(async (c, next) => {
  if (!hasTexts() && !isApiPath(c.req.path)) await tryToLoadTexts(c.env)
  await next()
})
