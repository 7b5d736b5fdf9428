import type { Context } from "hono"

/** True if a request only reads. Hono answers HEAD with the handlers of GET. */
export const isReadRequest = (c: Context): boolean => c.req.method === "GET" || c.req.method === "HEAD"
