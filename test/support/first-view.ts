/// <reference types="vite/types/importMeta.d.ts" />
import { expect } from "vitest"

/** What a server sends in the first round trip of a new connection, without the headers. */
export const FIRST_VIEW_MAX_BYTES = 14_000

const stylesheets = import.meta.glob<string>("../../.generated/public/assets/*.css", {
  query: "?raw",
  import: "default",
  eager: true,
})

/** The compressed sizes of a page and of the stylesheets that it needs at once. */
export function firstViewSizes(html: string): Promise<number[]> {
  const hrefs = [...html.matchAll(/<link rel="stylesheet" href="(\/assets\/[^"]+)"/g)].map(([, href]) => href)
  const css = hrefs.map((href) => stylesheets[`../../.generated/public${href}`] ?? expect.fail(`no ${href}`))
  return Promise.all([html, ...css].map(gzipSize))
}

async function gzipSize(text: string): Promise<number> {
  const compressed = new Response(text).body?.pipeThrough(new CompressionStream("gzip"))
  return (await new Response(compressed).arrayBuffer()).byteLength
}
