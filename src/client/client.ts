import { API_PATH } from "../../.generated/client-source/api.ts"
import { ProblemError } from "./problem.ts"
import { type ParsedResponse, sendWithRetries } from "./retries.ts"
import { ifMatchHeader, rememberEtag, type Version } from "./version.ts"

const TIMEOUT_MS = 30_000
const MAX_RETRIES = 4

export type ClientOptions = {
  /** The origin of the deployment, such as `https://vestibule.example`. */
  baseUrl: string
  /** `vst_live_…`; for operator calls, the operator token. */
  apiKey: string
  /** The maximum number of retries of a call. Default: 4. */
  maxRetries?: number | undefined
  /** How long one attempt can take. Default: 30 seconds. */
  timeoutMs?: number | undefined
  /** Sends the requests instead of the global `fetch`. */
  fetch?: typeof fetch | undefined
}

/** Options of every call. */
export type CallOptions = {
  /** Cancels the call and its retries. */
  signal?: AbortSignal | undefined
  /** How long one attempt can take. */
  timeoutMs?: number | undefined
}

type HeaderOptions = { idempotencyKey?: string | undefined; ifMatch?: Version | undefined }

export type ApiRequest = { method: string; path: string; body?: unknown; options?: CallOptions | undefined }

/** What every call takes as its first argument. */
export type Client = { send<T>(request: ApiRequest): Promise<T> }

/**
 * A client of one deployment, with one API key. It keeps no connection and can be shared. Throws a `TypeError` if the base URL isn't
 * https. Its calls throw a `ProblemError` if the service refuses them, and what `fetch` throws if the network fails.
 */
export function createClient({
  baseUrl,
  apiKey,
  maxRetries = MAX_RETRIES,
  timeoutMs: defaultTimeoutMs = TIMEOUT_MS,
  fetch = globalThis.fetch,
}: ClientOptions): Client {
  const base = apiUrl(baseUrl)
  return {
    async send<T>({ method, path, body, options = {} }: ApiRequest): Promise<T> {
      const {
        signal,
        timeoutMs = defaultTimeoutMs,
        idempotencyKey,
        ifMatch,
        ...query
      }: CallOptions & HeaderOptions = options
      const headers = new Headers({ Authorization: `Bearer ${apiKey}` })
      if (body !== undefined) headers.set("Content-Type", "application/json")
      if (method === "POST") headers.set("Idempotency-Key", idempotencyKey ?? crypto.randomUUID())
      if (ifMatch !== undefined) headers.set("If-Match", ifMatchHeader(ifMatch))
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }

      async function attempt(): Promise<ParsedResponse> {
        const timeout = AbortSignal.timeout(timeoutMs)
        const response = await fetch(base + path + toQuery(query), {
          ...init,
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        })
        return { response, body: parse(await response.text()) }
      }

      const result = await sendWithRetries(attempt, maxRetries, signal)
      if (!result.response.ok || typeof result.body === "string") throw new ProblemError(result)
      rememberEtag(result)
      return result.body as T
    },
  }
}

/** An API key is as good as a password: it is sent in the clear only within this machine. */
function apiUrl(baseUrl: string): string {
  const { protocol, hostname, origin } = new URL(baseUrl)
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname)
  if (protocol !== "https:" && !(protocol === "http:" && isLocal)) {
    throw new TypeError("baseUrl must start with https://")
  }
  return origin + API_PATH
}

function toQuery(query: Record<string, unknown>): string {
  const given = Object.entries(query).flatMap(([name, value]) => toParameters(name, value))
  return given.length > 0 ? `?${new URLSearchParams(given)}` : ""
}

/** Lists have commas between their items, and a record is sent as `name[key]=value`. An empty list or record isn't sent. */
function toParameters(name: string, value: unknown): [name: string, value: string][] {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return []
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[name, String(value)]]
  return Object.entries(value).map(([key, each]) => [`${name}[${key}]`, String(each)])
}

/** The JSON value of a body; the text of one that isn't JSON, such as a proxy's page; undefined if it is empty. */
function parse(text: string): unknown {
  if (text === "") return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** One segment of a path. An id that would lead to another path is a mistake in the program. */
export function segment(id: string): string {
  if (!id || id === "." || id === "..") throw new TypeError(`"${id}" is not an id`)
  return encodeURIComponent(id)
}
