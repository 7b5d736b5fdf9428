import { newSecrets } from "../build/new-secrets.ts"
import { readSettings, SettingsError } from "../http/settings.ts"
import { StepError } from "./tools.ts"

/** Right values of secrets without which settings can be wrong. */
const validSecrets = (): Record<string, string> => ({ ...newSecrets(), MAIL_API_KEY: "key" })

/**
 * Checks variables and secrets by the rules of the Worker, which answers nothing but 503 if one is wrong. Cloudflare doesn't show the
 * secrets that the Worker has, so those named in `deployed` count as right; without it, any that is missing in `secrets` does.
 */
export function checkSettings(vars: Record<string, string>, secrets: Record<string, string>, deployed?: string[]) {
  const assumed = Object.entries(validSecrets()).filter(([name]) => deployed?.includes(name) ?? true)
  try {
    readSettings({ ...Object.fromEntries(assumed), ...vars, ...secrets })
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    throw new StepError(
      `A setting is wrong: ${error.message}.`,
      "Correct it for this environment in .deploy/, or if it is a variable, for all in wrangler.toml.",
    )
  }
}
