import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"
import { render } from "jsx-email"
import type { ReactElement } from "react"
import { en, type Messages } from "../text/en.ts"
import { type StaffWords, staffEn } from "../text/staff/en.ts"
import type { StaffMessages } from "../text/staff/locales.ts"
import { generated, root, writeGenerated } from "./files.ts"

/** An email with slots written `{{slot_name}}`, and with the places of words written `[[key]]`. */
type EmailTemplate = { subject: string; text: string; html: ReactElement }

/** What each file in src/emails/layouts exports: an email in any language, or one to staff in theirs. */
type EmailSource = { email: (t: StaffMessages) => EmailTemplate }

/**
 * Compiles the emails. Rendering them in the Worker would multiply its size, so it only fills in their words and slots. Their layout
 * is compiled once for all languages, because the Worker has the words already.
 */
export async function buildEmails() {
  const emails = await loadSources()
  const compiled = await Promise.all(Object.entries(emails).map(([name, source]) => compile(name, source)))
  await writeGenerated("emails.ts", compiled.join("\n"))
}

async function loadSources(): Promise<Record<string, EmailSource>> {
  const folder = join(root, "src/emails/layouts")
  const files = (await readdir(folder)).filter((file) => file.endsWith(".tsx")).sort()
  const { outputFiles } = await build({
    stdin: {
      contents: files.map((file) => `export * as ${exportName(file)} from "./${file}"`).join("\n"),
      resolveDir: folder,
    },
    bundle: true,
    format: "esm",
    packages: "external",
    platform: "node",
    write: false,
  })
  for (const file of outputFiles) await writeGenerated("emails.mjs", file.contents)
  return import(pathToFileURL(join(generated, "emails.mjs")).href)
}

async function compile(exported: string, source: EmailSource) {
  const name = exported.slice(0, -"Email".length) as EmailName
  const template = source.email(withPlaceholders(name))
  const { subject, text } = template
  const rendered = await render(template.html, { disableDefaultStyle: true })
  const html = rendered.replace(/^<!DOCTYPE [^>]*>/, "<!doctype html>")
  const withWords = JSON.stringify([subject, text, html, ENGLISH[name]])
  const slots = new Set([...withWords.matchAll(/\{\{(\w+)\}\}/g)].map(([, slot]) => slot))
  return `export const ${exported} = {
  name: ${JSON.stringify(name)} as const,
  subject: ${JSON.stringify(subject)},
  html: ${JSON.stringify(html)},
  text: ${JSON.stringify(text)},
  slots: ${JSON.stringify([...slots].sort())} as const,
}
`
}

type EmailName = keyof Messages["emails"] | keyof StaffWords

const ENGLISH = { ...staffEn, ...en.emails }

/** Messages with the places of an email's words instead of the words. */
function withPlaceholders(name: EmailName): StaffMessages {
  const words = { [name]: toPlaceholders(ENGLISH[name]) }
  return {
    ...en,
    language: { ...en.language, code: "[[lang]]", colon: "[[colon]]" },
    emails: { ...en.emails, ...words },
    staff: { ...staffEn, ...words },
  }
}

function toPlaceholders(words: unknown, path: string[] = []): unknown {
  if (Array.isArray(words)) return words.map((word, index) => toPlaceholders(word, [...path, String(index)]))
  if (typeof words !== "object" || words === null) return `[[${path.join(".")}]]`
  return Object.fromEntries(Object.entries(words).map(([key, word]) => [key, toPlaceholders(word, [...path, key])]))
}

/** `invite.tsx` → `inviteEmail`, `new-device.tsx` → `newDeviceEmail` */
function exportName(file: string) {
  return `${file.slice(0, -".tsx".length).replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}Email`
}
