/** Logs an unexpected error as one line of JSON. Never pass a URL: registration links are secret. */
export function logError(what: string, error: unknown, context: Record<string, string | undefined> = {}): void {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  console.error(JSON.stringify({ level: "error", what, ...context, error: message, stack }))
}
