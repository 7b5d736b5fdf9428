import { createHash } from "node:crypto"

/** The content security policy of pages that show an email. It allows the email's inline styles by hash, and our images. */
export function emailContentSecurityPolicy(html: string): string {
  const attributes = [...html.matchAll(/\sstyle="([^"]*)"/g)].map(([, style = ""]) =>
    style.replaceAll("&#x27;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&"),
  )
  const blocks = [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, style = ""]) => style)
  const hashes = new Set(
    [...attributes, ...blocks].map((style) => `'sha256-${createHash("sha256").update(style).digest("base64")}'`),
  )
  return `default-src 'none'; img-src 'self'; style-src 'unsafe-hashes' ${[...hashes].join(" ")}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`
}
