import type { Context } from "hono"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { keptFields } from "../../http/shown-again.ts"
import { parseSandboxId } from "../../text/sandbox-address.ts"

/**
 * The sandbox whose people the page is for: in a sandbox, somebody else can have the same address. It only completes the address that is
 * entered there, so that it can be anything.
 */
export async function chosenSandbox(c: Context<AppEnv>): Promise<string | undefined> {
  const fields = c.req.method === "POST" ? await readForm(c) : keptFields(c)
  return parseSandboxId(fields.sandbox ?? c.req.query("sandbox"))
}
