import { newSecrets } from "../build/new-secrets.ts"
import { readSettings, SettingsError } from "../http/settings.ts"
import { StepError } from "./tools.ts"

/**
 * Checks variables and secrets by the rules of the Worker, which answers nothing but 503 if one is wrong. Secrets that only the Worker
 * knows count as right.
 */
export function checkSettings(vars: Record<string, string>, secrets: Record<string, string>) {
  try {
    readSettings({ ...newSecrets(), ...vars, ...secrets } as unknown as Env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    throw new StepError(
      `A setting is wrong: ${error.message}.`,
      "Correct it in wrangler.toml, or for this environment in .deploy/.",
    )
  }
}
