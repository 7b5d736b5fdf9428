import type { FormField } from "./page-forms.ts"
import { seededRandom } from "./random.ts"

/** In values that must neither be logged nor appear in a page without escapes. */
export const PLANTED = "zqplant"

// Emails break addresses with `<span>`.
const UNESCAPED = new RegExp(
  `.{0,80}(?:<[/!]?${PLANTED}|${PLANTED}(?:["'>]|<(?!span>))|(?:href|src|action)="\\s*(?:javascript|data|vbscript):).{0,80}`,
  "i",
)

/** Where a page contains a planted value as markup, or a link that runs it; undefined if nowhere. */
export const findUnescaped = (html: string): string | undefined => UNESCAPED.exec(html)?.[0]

const MARKUP = `${PLANTED}"'<${PLANTED}/onload=1>.`
const CATEGORIES =
  "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn Bidi_Control Emoji Default_Ignorable_Code_Point"

/** Up to 64 code points of each category of Unicode, spread over its range. */
const SAMPLES = CATEGORIES.split(" ").map((category) => {
  const pattern = new RegExp(`\\p{${category}}`, "u")
  const all: number[] = []
  for (let point = 0; point < 0x30000; point += point < 0x3000 ? 1 : 37) {
    if (pattern.test(String.fromCodePoint(point))) all.push(point)
  }
  return all.filter((_, at) => at % Math.ceil(all.length / 64) === 0)
})

const FIXED = [
  "",
  " ",
  "\0",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "[object Object]",
  "null",
  "undefined",
  "NaN",
  "-1",
  "1e309",
  "0x10",
  "١٢",
  "9".repeat(400),
  "true",
  "[]",
  "{}",
  '{"a":1}',
  "%",
  "%zz",
  "%00",
  "..%2f..%2f",
  "inv_00000000000000000000000000",
  `javascript:alert("${PLANTED}")//`,
  `https://${PLANTED}.example/"onmouseover="1`,
  `//${PLANTED}.example`,
  `\\\\${PLANTED}.example\\x`,
  `'; DROP TABLE invites; -- ${PLANTED}.`,
  `" OR ""="${PLANTED}.`,
  `NEAR("${PLANTED}." "b") OR text : *`,
  `{{${PLANTED}}}`,
  `\${${PLANTED}}`,
  `<%= ${PLANTED} %>`,
  `{{#if registration_url}}${PLANTED}{{/if}}`,
  `<script>${PLANTED}</script>`,
  `</textarea><${PLANTED}>`,
  `--><${PLANTED}>`,
  `]]><${PLANTED}>`,
  `${PLANTED}.\r\nSet-Cookie: ${PLANTED}=1`,
  `${PLANTED}.\r\nBcc: evil@evil.example`,
  `"${PLANTED}" <${PLANTED}@evil.example>`,
  `${PLANTED}@evil.example`,
  `a sentence with ${PLANTED}. that is long enough`,
  `&lt;${PLANTED}&gt;&#60;${PLANTED}&#62;`,
  `=HYPERLINK("https://evil.example/${PLANTED}")`,
  "\u202e\u2066\u200b\u00ad",
  "\ud800",
  "\ufdfa".repeat(100),
  "e\u0301".repeat(150),
  "\u0301".repeat(3_000),
  "a".repeat(5_000),
]

/** What a person would enter, so that some forms are accepted. */
const USUAL: Record<string, string[]> = {
  company_name: ["Northwind Logistics"],
  contact_name: ["Priya Nair"],
  name: ["Priya Nair"],
  billing_email: ["billing@acme.example"],
  billing_phone: ["+1 415 555 0132"],
  phone: ["+1 415 555 0132"],
  support_email: ["support@acme.example"],
  url: ["https://crm.example.com/hook"],
  events: ["invite.sent"],
  scopes: ["invites:read"],
  expires_in_days: ["30"],
  default_expires_in_days: ["14"],
  retention_months: ["12"],
  role: ["admin", "member", "sales"],
  locale: ["en", "de", "pt-BR"],
  first_name: ["Ana"],
  last_name: ["Costa"],
  accent_color: ["#1f4fd8"],
}

type Random = ReturnType<typeof seededRandom>

/** The random numbers of one case: its seed and index determine all of it. */
export const randomOf = (seed: number, index: number): Random =>
  seededRandom(Math.imul(index + 1, 2_654_435_761) ^ Math.imul(seed, 40_503))

export const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[random(items.length)]
  if (item === undefined) throw new Error("there is nothing to choose from")
  return item
}

function hostileText(random: Random): string {
  switch (random(5)) {
    case 0: {
      const points = Array.from({ length: 1 + random(40) }, () => pick(random, pick(random, SAMPLES)))
      return `${String.fromCodePoint(...points)}${MARKUP}`
    }
    case 1: {
      let encoded = MARKUP
      for (let level = random(4); level > 0; level--) encoded = encodeURIComponent(encoded)
      return encoded
    }
    case 2:
      return MARKUP
    default:
      return pick(random, FIXED)
  }
}

const SUFFIXES = ["[]", "[0]", "[__proto__]", ".constructor", "[a][b]", "%5B%5D", "\0", " "]

/** The fields of a form with usual and hostile values; some are missing, doubled or renamed, and some are added. */
export function hostileFields(random: Random, fields: FormField[], index: number): [name: string, value: string][] {
  const filled = fields.flatMap(({ name, value }): [string, string][] => {
    if (random(20) === 0) return []
    const usual = /email$/.test(name) && !(name in USUAL) ? [`c${index}@b.example`] : (USUAL[name] ?? [value])
    const entry: [string, string] = [name, random(3) > 0 ? pick(random, usual) : hostileText(random)]
    if (random(30) === 0) return [entry, [name, hostileText(random)]]
    return random(40) === 0 ? [[name + pick(random, SUFFIXES), entry[1]]] : [entry]
  })
  const isExtended = random(4) === 0
  const extra = ["__proto__", "constructor", "next", "flash", "id", "kept_path", "kept.name", MARKUP]
  return isExtended ? [...filled, [pick(random, extra), hostileText(random)]] : filled
}

/** Fields as a body: mostly as a browser sends them, sometimes of another type than the form has. */
export function hostileBody(random: Random, fields: [string, string][]): { body?: BodyInit; type?: string } {
  switch (random(12)) {
    case 0: {
      const form = new FormData()
      for (const [name, value] of fields) {
        form.append(name, random(4) === 0 ? new File([value], `${PLANTED}".png`, { type: "image/png" }) : value)
      }
      return { body: form }
    }
    case 1:
      return {
        body: JSON.stringify(Object.fromEntries(fields)),
        type: pick(random, ["application/json", "text/plain"]),
      }
    case 2:
      return random(2) === 0 ? {} : { body: hostileText(random), type: "application/x-www-form-urlencoded" }
    case 3:
      return {
        body: hostileText(random),
        type: `multipart/form-data; boundary=${pick(random, ["x", `"${PLANTED}`, ""])}`,
      }
    default:
      return { body: new URLSearchParams(fields) }
  }
}

const PARAMETERS =
  "q status before by about invite until format poll account next flash cursor limit email_status billing_account_id move_to __proto__".split(
    " ",
  )

/** Part of a URL: encoded as it should be, too often, or not at all. */
function hostilePart(random: Random): string {
  const text = hostileText(random).toWellFormed().slice(0, 1_500)
  return random(4) === 0 ? text.replace(/[\s#?\\\0]/g, "%20") : encodeURIComponent(text)
}

/** A path whose parameters, query and ends are hostile. */
export function hostilePath(random: Random, path: string): string {
  const filled = path.replace(/:\w+(\{.*\})?(?=\/|$)|\*/g, () => hostilePart(random))
  const names = Array.from({ length: random(4) }, () =>
    random(8) === 0 ? hostilePart(random) : pick(random, PARAMETERS),
  )
  const query = names.map((name) => `${name}=${hostilePart(random)}`).join("&")
  const end = random(10) === 0 ? `/${hostilePart(random)}` : ""
  return `${filled}${end}${query ? `?${query}` : ""}`
}
