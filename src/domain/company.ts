import { and, desc, eq, notInArray } from "drizzle-orm"
import { JPG } from "image-size/types/jpg"
import { PNG } from "image-size/types/png"
import { WEBP } from "image-size/types/webp"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { type LogoType, logos, resellers } from "../storage/schema.ts"
import { demand, type StaffActor } from "./actor.ts"
import { auditEntry } from "./audit.ts"
import type { Deps } from "./deps.ts"
import type { Checked, FieldError } from "./failure.ts"
import { checkFields, emailAddress, line, optionalLine, optionalPhone } from "./fields.ts"

export const LOGO_MAX_BYTES = 200_000
const LOGO_MAX_PIXELS = 2_000
const LOGOS_KEPT = 10
export const LOGO_TOO_LARGE: FieldError = {
  field: "logo",
  code: "too_large",
  detail: `Use a picture of ${LOGO_MAX_BYTES / 1000} kB or less.`,
}

const ACCENT_RULE = "Use a colour as #1f4fd8."

const companyFields = z.object({
  name: line("Enter your company's name."),
  support_name: optionalLine(),
  support_email: emailAddress("Enter the address that customers may write to."),
  support_phone: optionalPhone(),
  accent_color: z
    .string(ACCENT_RULE)
    .nullish()
    .transform((color) => color?.trim().toLowerCase() || null)
    .refine((color) => color === null || /^#[0-9a-f]{6}$/.test(color), ACCENT_RULE),
})

/**
 * Sets what those whom the reseller invites see of it: name, whom to ask, and its accent. Returns what is wrong, and then
 * sets nothing; throws `forbidden`. One D1 round trip.
 */
export async function changeCompany(
  deps: Deps,
  actor: StaffActor,
  input: Record<string, unknown>,
): Promise<FieldError[]> {
  demand(actor, "settings:write")
  const { values, errors } = checkFields(companyFields, input)
  const { name, support_name = null, support_email, support_phone = null, accent_color = null } = values
  if (errors.length > 0 || !name || !support_email) return errors
  const company = {
    name,
    supportName: support_name,
    supportEmail: support_email,
    supportPhone: support_phone,
    accentColor: accent_color,
  }
  const id = actor.reseller.id
  await deps.db.batch([
    deps.db.update(resellers).set(company).where(eq(resellers.id, id)),
    auditEntry(deps, id, actor, "reseller.company_changed", id, name),
  ])
  return []
}

/**
 * Sets the reseller's logo, in place of the one before, which mail of before goes on showing: a PNG, JPEG or WebP by its content,
 * whatever it is called. Returns what is wrong, and then sets nothing; throws `forbidden`. One D1 round trip.
 */
export async function changeLogo(deps: Deps, actor: StaffActor, bytes: Uint8Array): Promise<FieldError[]> {
  demand(actor, "settings:write")
  const checked = checkLogo(bytes)
  if (!checked.ok) return checked.errors
  const id = newId("lgo", deps.now())
  const resellerId = actor.reseller.id
  await deps.db.batch([
    deps.db.insert(logos).values({ id, resellerId, type: checked.value, bytes, createdAt: deps.now() }),
    deps.db.update(resellers).set({ logoId: id }).where(eq(resellers.id, resellerId)),
    deps.db
      .delete(logos)
      .where(and(eq(logos.resellerId, resellerId), notInArray(logos.id, newestLogos(deps, resellerId)))),
    auditEntry(deps, resellerId, actor, "reseller.logo_changed", resellerId),
  ])
  return []
}

/** Takes the reseller's logo away, from whatever is shown or sent from now on. Throws `forbidden`. One D1 round trip. */
export async function removeLogo(deps: Deps, actor: StaffActor): Promise<void> {
  demand(actor, "settings:write")
  const id = actor.reseller.id
  await deps.db.batch([
    deps.db.update(resellers).set({ logoId: null }).where(eq(resellers.id, id)),
    auditEntry(deps, id, actor, "reseller.logo_removed", id),
  ])
}

/** Those that mail may still show. */
function newestLogos({ db }: Deps, resellerId: string) {
  return db
    .select({ id: logos.id })
    .from(logos)
    .where(eq(logos.resellerId, resellerId))
    .orderBy(desc(logos.id))
    .limit(LOGOS_KEPT)
}

/** A logo that may be shown to anybody; undefined when there is none of this id. One D1 round trip. */
export async function findLogo({ db }: Pick<Deps, "db">, id: string) {
  const [logo] = await db.select({ type: logos.type, bytes: logos.bytes }).from(logos).where(eq(logos.id, id))
  return logo
}

type ImageFormat = { type: LogoType; reader: typeof PNG; isWhole: (picture: Buffer) => boolean }

/** No GIF: it says its size twice, once for each picture in it, and mail programs would let it move. */
const FORMATS: ImageFormat[] = [
  { type: "image/png", reader: PNG, isWhole: hasWholeChunks },
  { type: "image/jpeg", reader: JPG, isWhole: (picture) => picture.readUInt16BE(picture.length - 2) === 0xffd9 }, // end of image
  { type: "image/webp", reader: WEBP, isWhole: (picture) => picture.readUInt32LE(4) + 8 === picture.length }, // RIFF's own size
]

/**
 * PNG (third edition), 5: chunks of length, name, data and checksum, with the picture among them and IEND last, and nothing
 * after.
 */
function hasWholeChunks(picture: Buffer): boolean {
  const names: string[] = []
  let at = 8
  while (at + 12 <= picture.length) {
    names.push(picture.toString("latin1", at + 4, at + 8))
    at += 12 + picture.readUInt32BE(at)
  }
  return at === picture.length && names.includes("IDAT") && names.at(-1) === "IEND"
}

function checkLogo(bytes: Uint8Array): Checked<LogoType> {
  if (bytes.length === 0) return refused("required", "Choose a picture.")
  if (bytes.length > LOGO_MAX_BYTES) return { ok: false, errors: [LOGO_TOO_LARGE] }
  const image = imageOf(bytes)
  if (!image) return refused("invalid", "This is no whole picture that we can show. Use a PNG, JPEG or WebP.")
  const { type, width, height } = image
  const longest = Math.max(width, height)
  if (longest > LOGO_MAX_PIXELS || Math.min(width, height) < 1) {
    return refused("invalid", `Use a picture of ${LOGO_MAX_PIXELS} pixels or less on each side.`)
  }
  return { ok: true, value: type }
}

/** What a picture is by its content; undefined when it is none, or breaks off: the readers throw whatever comes then. */
function imageOf(bytes: Uint8Array): { type: LogoType; width: number; height: number } | undefined {
  try {
    const format = FORMATS.find(({ reader }) => reader.validate(bytes))
    return format?.isWhole(Buffer.from(bytes)) ? { ...format.reader.calculate(bytes), type: format.type } : undefined
  } catch {
    return undefined
  }
}

function refused(code: string, detail: string): { ok: false; errors: FieldError[] } {
  return { ok: false, errors: [{ field: "logo", code, detail }] }
}
