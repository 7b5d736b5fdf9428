/** What a handler gets: the parameters of its path, the query and the body. */
export type Call = { params: Record<string, string>; query: URLSearchParams; request: Request }
type Handler = (call: Call) => unknown

/** A refusal as Cloudflare's API words it. */
export class Refusal extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Paths of Cloudflare's API, as `GET /zones/:zone/dns_records`, with what answers them. */
export type Routes = Record<string, Handler>

/** The handler of a request, with the parameters of its path; undefined for an unknown request. */
export function findRoute(routes: Routes, method: string, pathname: string) {
  for (const [route, handler] of Object.entries(routes)) {
    const [routeMethod, pattern = ""] = route.split(" ")
    const names = pattern.split("/")
    const segments = pathname.split("/")
    if (routeMethod !== method || names.length !== segments.length) continue
    if (!names.every((name, index) => name.startsWith(":") || name === segments[index])) continue
    const params = names.flatMap((name, index) =>
      name.startsWith(":") ? [[name.slice(1), segments[index] ?? ""]] : [],
    )
    return { handler, params: Object.fromEntries(params) as Record<string, string> }
  }
  return undefined
}

/** A response as Cloudflare's API wraps it. Lists come in one page. */
export function wrap(result: unknown): Response {
  if (result instanceof Response) return result
  const count = Array.isArray(result) ? result.length : 1
  const info = { page: 1, per_page: 50, total_pages: 1, count, total_count: count }
  return Response.json({ success: true, errors: [], messages: [], result, result_info: info })
}

export function refuse({ status, code, message }: Refusal): Response {
  return Response.json({ success: false, errors: [{ code, message }], messages: [], result: null }, { status })
}
