import { noteMissingEvents } from "../domain/deployment/mail-facts.ts"
import type { Deps } from "../domain/deps.ts"
import { logError } from "../http/log.ts"

const ADVICE = "the queue vestibule-mail-events isn't subscribed to them, or the provider doesn't post them"

/** Logs once an hour that no delivery events arrive: the provider doesn't send them here, or nobody subscribed to them. */
export async function reportMissingEvents(deps: Deps): Promise<void> {
  const since = await noteMissingEvents(deps)
  if (since) logError("no delivery events arrive", ADVICE, { since: since.toISOString() })
}
