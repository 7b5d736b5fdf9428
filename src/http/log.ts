import { DrizzleQueryError } from "drizzle-orm/errors"

/** Logs an unexpected error, with its causes, as one line of JSON. Never pass a URL: registration links are secret. */
export function logError(what: string, error: unknown, context: Record<string, string | undefined> = {}): void {
  console.error(JSON.stringify({ level: "error", what, ...context, ...toLogEntry(error) }))
}

type LogEntry = { error: string; stack?: string | undefined; causes?: LogEntry[] }

function toLogEntry(error: unknown): LogEntry {
  if (!(error instanceof Error)) return { error: String(error) }
  const { message, stack, cause } = error
  // The message of a failed query ends with its values, and the stack begins with the message.
  const text = error instanceof DrizzleQueryError ? `Failed query: ${error.query}` : message
  const frames = stack?.split("\n").filter((line) => line.startsWith("    at "))
  const causes = [...(error instanceof AggregateError ? error.errors : []), ...(cause === undefined ? [] : [cause])]
  return { error: text, stack: frames?.join("\n"), ...(causes.length > 0 && { causes: causes.map(toLogEntry) }) }
}
