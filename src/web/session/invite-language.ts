import type { Context } from "hono"
import { findInviteLocale } from "../../domain/invites/find.ts"
import type { AppEnv } from "../../http/context.ts"
import { chosenLocale, inviteMessages } from "../../http/language.ts"

/** Shows a page in the language of the invite that the person came from, unless they chose one. */
export async function useInviteLanguage(c: Context<AppEnv>, inviteId: string | undefined): Promise<void> {
  if (!inviteId || chosenLocale(c)) return
  const locale = await findInviteLocale(c.var.deps, inviteId)
  if (locale) inviteMessages(c, { locale })
}
