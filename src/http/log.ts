/** Logs an unexpected error, with its causes, as one line of JSON. Never pass a URL: registration links are secret. */
export function logError(what: string, error: unknown, context: Record<string, string | undefined> = {}): void {
  console.error(JSON.stringify({ level: "error", what, ...context, ...toLogEntry(error) }))
}

type LogEntry = { error: string; stack?: string | undefined; causes?: LogEntry[] }

function toLogEntry(error: unknown): LogEntry {
  if (!(error instanceof Error)) return { error: String(error) }
  const { message, stack, cause } = error
  const causes = [...(error instanceof AggregateError ? error.errors : []), ...(cause === undefined ? [] : [cause])]
  return { error: message, stack, ...(causes.length > 0 && { causes: causes.map(toLogEntry) }) }
}
