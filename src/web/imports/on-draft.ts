import type { Context } from "hono"
import { Failure } from "../../domain/failure.ts"
import { getImport } from "../../domain/imports/find.ts"
import type { AppEnv } from "../../http/context.ts"
import { redirect } from "../../http/htmx.ts"
import { href } from "../../routes.ts"
import { flash } from "../ui/flash.tsx"

/**
 * Runs what needs an import that isn't started, as its page showed it. If somebody has started or changed it meanwhile, or the browser
 * went back to an old page, the response leads to the import as it is now.
 */
export async function onDraft(c: Context<AppEnv>, id: string, run: () => Promise<Response>): Promise<Response> {
  try {
    return await run()
  } catch (error) {
    const kind = error instanceof Failure ? error.reason.kind : undefined
    if (kind !== "version_conflict" && kind !== "not_found") throw error
    await getImport(c.var.deps, c.var.staff, id)
    return redirect(c, href("customers.imports.show", { id }, flash("import_changed")))
  }
}
