/** What a deployment needs from outside: the account, the deployed Worker, the person at the terminal, and time. */
export type Tools = {
  /** Runs wrangler for an account and returns what it printed. Throws a `StepError` if it fails. */
  wrangler(args: string[], account?: { id: string }): Promise<string>
  /** Logs in with the browser. Absent where nobody can. */
  logIn?: (() => Promise<void>) | undefined
  /** Reads a list, or one thing as a list of one, from Cloudflare's API. Throws an `ApiError`. */
  read(path: string): Promise<Item[]>
  /** Sends a request to the deployed Worker. Throws if nothing answers. */
  fetch: typeof fetch
  say(line: string): void
  /** Absent where nobody can answer. */
  ask?: ((question: string) => Promise<string>) | undefined
  /** Answers by their flags, for a dry run that nobody answers. */
  examples?: Record<string, string>
  wait(ms: number): Promise<unknown>
  /** Milliseconds since some moment. */
  now(): number
}

/** A thing of Cloudflare's API, with the fields that we use. */
export type Item = {
  id?: string
  name?: string
  [field: string]: unknown
}

/** What a step says that it did or found, and its result. */
export type Report<T> = readonly [text: string, result: T]

/** Why a deployment stopped, the command that failed if there is one, and what to do. */
export class StepError extends Error {
  readonly advice: string
  readonly command: string | undefined

  constructor(message: string, advice: string, command?: string) {
    super(message)
    this.advice = advice
    this.command = command
  }
}

/** What a person reads of an error: why something stopped and what to do, or else all that is known. */
export function explain(error: unknown): string {
  if (!(error instanceof StepError)) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  const { message, command, advice } = error
  return ["", `✗ ${message}`, command && `  Command: ${command}`, `  What to do: ${advice}`]
    .filter((line) => line !== undefined)
    .join("\n")
}

/** Cloudflare's API refused a request. */
export class ApiError extends StepError {
  readonly status: number

  constructor(path: string, status: number, message: string) {
    super(
      message,
      status === 401 || status === 403
        ? "Log in again with `npx wrangler login`, or give the API token in CLOUDFLARE_API_TOKEN the permission to read this."
        : "Look at https://www.cloudflarestatus.com, and run the same command again.",
      `GET ${path}`,
    )
    this.status = status
  }
}

/** The items of a list, or `fallback` if this login may not read it or it doesn't exist. */
export async function readOr<T>(tools: Tools, path: string, statuses: number[], fallback: T): Promise<Item[] | T> {
  try {
    return await tools.read(path)
  } catch (error) {
    if (error instanceof ApiError && statuses.includes(error.status)) return fallback
    throw error
  }
}
