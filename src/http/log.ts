import { DrizzleQueryError } from "drizzle-orm/errors"
import { SettingsError } from "./settings.ts"

/** Logs an unexpected error, with its causes, as one line of JSON. Never pass a URL: registration links are secret. */
export function logError(what: string, error: unknown, context: Record<string, string | undefined> = {}): void {
  console.error(
    JSON.stringify({ level: "error", at: new Date().toISOString(), what, ...context, ...toLogEntry(error) }),
  )
}

type LogEntry = { error: string; code?: string; stack?: string | undefined; causes?: LogEntry[] }

/** How many causes of causes are logged: more than any error has, unless it is its own cause. */
const DEPTH_MAX = 5

function toLogEntry(error: unknown, depth = 0): LogEntry {
  if (!(error instanceof Error)) return { error: typeof error === "string" ? redact(error) : typeof error }
  const { stack, cause } = error
  const frames = stack?.split("\n").filter((line) => /^ {4}at /.test(line))
  const causes = [...(error instanceof AggregateError ? error.errors : []), ...(cause === undefined ? [] : [cause])]
  const code = "code" in error && /^[\w-]{1,60}$/.test(String(error.code)) ? String(error.code) : undefined
  return {
    error: `${error.name}: ${summarize(error)}`,
    ...(code && { code }),
    stack: frames?.join("\n"),
    ...(causes.length > 0 && depth < DEPTH_MAX && { causes: causes.map((each) => toLogEntry(each, depth + 1)) }),
  }
}

/** The message of a failed query ends with its values. Its statement contains none, and neither do messages about settings. */
function summarize(error: Error): string {
  if (error instanceof DrizzleQueryError) return `Failed query: ${error.query}`
  return error instanceof SettingsError ? error.message : redact(error.message)
}

const MESSAGE_MAX = 500

/**
 * Removes what a message can repeat of its input: all from the first quote on (`JSON.parse` and SQLite quote it), URLs, addresses,
 * long numbers, and words that could be tokens. The text of the program that threw it remains.
 */
export function redact(message: string): string {
  return message
    .slice(0, MESSAGE_MAX)
    .replace(/(?<!\w)["'`“‘«].*/s, "…")
    .replace(/\S*:\/\/\S*/g, "[url]")
    .replace(/\S*@\S*/g, "[address]")
    .replace(/\d[\d ().-]{4,}\d/g, "[number]")
    .replace(/[\w%.~+/=-]{24,}/g, (word) => (/^([a-z_.]+|[A-Z_]+)$/.test(word) ? word : "[token]"))
    .replace(/[^\x20-\x7e…]+/g, "…")
}

/** A message without the words that it repeats of `input`, for a program whose messages we don't know. */
export function redactWordsOf(input: string, message: string): string {
  return redact(message.replace(/[\p{L}\p{N}]{2,}/gu, (word) => (input.includes(word) ? "…" : word)))
}
