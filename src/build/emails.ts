import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"
import { render } from "jsx-email"
import type { ReactElement } from "react"
import type { Messages } from "../text/en.ts"
import { LOCALES, messagesFor } from "../text/locales.ts"
import { generated, root, writeGenerated } from "./files.ts"

/** An email in one language, with slots written `{{slot_name}}`. */
type EmailTemplate = { subject: string; text: string; html: ReactElement }

/** What each file in src/emails/layouts exports: an email in every language, or one to staff in English. */
type EmailSource = { email: (t: Messages) => EmailTemplate } | { staffEmail: () => EmailTemplate }

/** Compiles the emails. Rendering them in the Worker would multiply its size, so it only fills their slots. */
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

async function compile(name: string, source: EmailSource) {
  const templates: [lang: string, template: EmailTemplate][] =
    "email" in source
      ? LOCALES.map((locale) => [locale, source.email(messagesFor(locale))])
      : [["en", source.staffEmail()]]
  const languages = templates.map(async ([lang, template]) => `  ${lang}: ${await compileEmail(template)},\n`)
  return `export const ${name} = {\n${(await Promise.all(languages)).join("")}}\n`
}

async function compileEmail({ subject, text, html: element }: EmailTemplate) {
  const html = await render(element, { disableDefaultStyle: true })
  const slots = new Set([...`${subject}${text}${html}`.matchAll(/\{\{(\w+)\}\}/g)].map(([, slot]) => slot))
  return `{
    subject: ${JSON.stringify(subject)},
    html: ${JSON.stringify(html)},
    text: ${JSON.stringify(text)},
    slots: ${JSON.stringify([...slots].sort())} as const,
  }`
}

/** `invite.tsx` → `inviteEmail`, `new-device.tsx` → `newDeviceEmail` */
function exportName(file: string) {
  return `${file.slice(0, -".tsx".length).replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}Email`
}
