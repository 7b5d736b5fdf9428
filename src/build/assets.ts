import { readFile } from "node:fs/promises"
import { extname, join } from "node:path"
import { build } from "esbuild"
import { keepOnly, root, shortHash, writeGenerated } from "./files.ts"

const folder = "public/assets"

/** Cloudflare serves assets without our Worker, so their headers stand here. Those of pages are in http/security.ts. */
const headers = `/*
  Content-Security-Policy: default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'
  Cross-Origin-Resource-Policy: same-origin
  Referrer-Policy: no-referrer
  Strict-Transport-Security: max-age=31536000; includeSubDomains
  X-Content-Type-Options: nosniff
  X-Frame-Options: DENY
/assets/*
  Cache-Control: public, max-age=31536000, immutable
/assets/*.svg
  Content-Type: image/svg+xml; charset=utf-8
`

/** Files that browsers can cache forever, since their names change with their content. */
export async function buildAssets() {
  const font = await publish("inter.woff2", await read(interFile("latin")))
  const otherFont = await publish("inter-latin-ext.woff2", await read(interFile("latin-ext")))
  const withFonts = (css: string) =>
    css.replaceAll("/assets/inter.woff2", font).replaceAll("/assets/inter-latin-ext.woff2", otherFont)
  const assets = {
    css: await publish("app.css", withFonts(await bundle("app.css"))),
    contrastCss: await publish("contrast.css", await bundle("css/contrast.css")),
    dashboardCss: await publish("dashboard.css", await bundle("css/dashboard.css")),
    docsCss: await publish("docs.css", withFonts(await bundle("css/docs.css"))),
    guestCss: await publish("guest.css", await bundle("css/guest.css")),
    printCss: await publish("print.css", await bundle("css/print.css")),
    early: await publish("early.js", await bundle("early.js")),
    js: await publish("app.js", await bundle("app.js")),
    guest: await publish("guest.js", await bundle("guest.js")),
    passwordCheck: await publish("password-check.js", await bundle("password-check.js")),
    passkeys: await publish("passkeys.js", await bundle("passkeys.js")),
    docs: await publish("docs.js", await bundle("docs.js")),
    htmx: await publish(
      "htmx.js",
      `${await read("node_modules/htmx.org/dist/htmx.min.js")}\n${await bundle("trusted-types.js")}`,
    ),
    font,
    icon: await publish("favicon.svg", await read("public/favicon.svg")),
  }

  await writeGenerated("public/_headers", headers)
  await writeGenerated("assets.ts", `export const assets = ${JSON.stringify(assets, null, 2)} as const\n`)
  await keepOnly(
    folder,
    [...Object.values(assets), otherFont].map((path) => path.slice("/assets/".length)),
  )
}

const interFile = (subset: string) => `node_modules/@fontsource-variable/inter/files/inter-${subset}-wght-normal.woff2`

async function publish(name: string, content: string | Uint8Array) {
  const extension = extname(name)
  const hashed = `${name.slice(0, -extension.length)}.${shortHash(content)}${extension}`
  await writeGenerated(`${folder}/${hashed}`, content)
  return `/assets/${hashed}`
}

/** A script or stylesheet with what it imports, such as the formats of times, which the Worker uses too. */
async function bundle(name: string) {
  const { outputFiles } = await build({
    entryPoints: [join(root, "public", name)],
    bundle: true,
    external: ["/assets/*"],
    format: "iife",
    target: "es2022",
    minify: true,
    write: false,
  })
  return outputFiles.map(({ text }) => text).join("")
}

function read(path: string) {
  return readFile(join(root, path))
}
