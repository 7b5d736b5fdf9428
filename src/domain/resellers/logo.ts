import { and, desc, eq, notInArray, type SQL, sql } from "drizzle-orm"
import { JPG } from "image-size/types/jpg"
import { PNG } from "image-size/types/png"
import { WEBP } from "image-size/types/webp"
import { newId } from "../../storage/ids.ts"
import { type LogoType, logos, resellers } from "../../storage/schema.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { auditEntryStatement } from "../events/audit-log.ts"
import type { FieldError, FieldErrorCode, Result } from "../failure.ts"
import { changeSettings } from "./change-settings.ts"
import { checkPngPixels } from "./images/png-pixels.ts"
import { stripJpeg } from "./images/strip-jpeg.ts"
import { stripPng } from "./images/strip-png.ts"
import { stripWebp } from "./images/strip-webp.ts"

export const LOGO_MAX_BYTES = 200_000
const LOGO_MAX_PIXELS = 2_000
const LOGOS_KEPT = 10
export const LOGO_TOO_LARGE: FieldError = {
  field: "logo",
  code: "too_large",
  detail: staffEn.rules.logo_size(LOGO_MAX_BYTES / 1000),
  max: LOGO_MAX_BYTES / 1000,
}

/** Replaces the reseller's logo by the picture in a file. Earlier emails keep showing the old one. Returns field errors; throws `forbidden`. */
export async function uploadLogo(deps: Deps, actor: StaffActor, bytes: Uint8Array): Promise<FieldError[]> {
  authorize(actor, "settings:write")
  const result = await validateLogo(bytes)
  if (!result.ok) return result.errors
  const { width, height, ...picture } = result.value
  const id = `${newId("lgo", deps.now())}_${width}x${height}`
  const resellerId = actor.reseller.id
  await deps.db.batch([
    deps.db.insert(logos).values({ id, resellerId, ...picture, createdAt: deps.now() }),
    deps.db.update(resellers).set({ logoId: id }).where(eq(resellers.id, resellerId)),
    deps.db
      .delete(logos)
      .where(and(eq(logos.resellerId, resellerId), notInArray(logos.id, newestLogosQuery(deps, resellerId)))),
    auditEntryStatement(deps, resellerId, actor, "reseller.logo_changed", resellerId),
  ])
  return []
}

/** Removes the reseller's logo from pages and future emails. Throws `forbidden`. */
export async function deleteLogo(deps: Deps, actor: StaffActor): Promise<void> {
  authorize(actor, "settings:write")
  await changeSettings(deps, actor, [{ action: "reseller.logo_removed", changes: { logoId: null } }])
}

/**
 * The width and height of a logo in pixels, which its id ends with: a page reserves its space before it has loaded. Undefined for a logo
 * from before ids had sizes.
 */
export function logoSize(id: string): { width: number; height: number } | undefined {
  const [, width, height] = /_(\d+)x(\d+)$/.exec(id) ?? []
  return width && height ? { width: Number(width), height: Number(height) } : undefined
}

/** The id `copyId` with the size of a logo whose id is `id`; NULL if `id` is. */
export const withLogoSize = (copyId: string, id: SQL) => sql`${copyId} || substr(${id}, ${copyId.length + 1})`

/** Logos that emails may still show. */
function newestLogosQuery({ db }: Deps, resellerId: string) {
  return db
    .select({ id: logos.id })
    .from(logos)
    .where(eq(logos.resellerId, resellerId))
    .orderBy(desc(logos.id))
    .limit(LOGOS_KEPT)
}

/** A logo by id, without access control; undefined if there is none. */
export async function findLogo({ db }: Pick<Deps, "db">, id: string) {
  const [logo] = await db.select({ type: logos.type, bytes: logos.bytes }).from(logos).where(eq(logos.id, id))
  return logo
}

type Image = { type: LogoType; width: number; height: number; bytes: Buffer }
type ImageFormat = { type: LogoType; reader: typeof PNG; strip: (image: Buffer) => Buffer }
/** No GIF: it states sizes in several places, and email programs would animate it. So they would an animated WebP. */
const FORMATS: ImageFormat[] = [
  { type: "image/png", reader: PNG, strip: stripPng },
  { type: "image/jpeg", reader: JPG, strip: stripJpeg },
  { type: "image/webp", reader: WEBP, strip: stripWebp },
]

async function validateLogo(bytes: Uint8Array): Promise<Result<Image>> {
  if (bytes.length === 0) return logoErrors("required", staffEn.rules.logo)
  if (bytes.length > LOGO_MAX_BYTES) return { ok: false, errors: [LOGO_TOO_LARGE] }
  const image = readImage(bytes)
  if (!image) return logoErrors("invalid", staffEn.rules.logo_format)
  const { width, height } = image
  const longestSide = Math.max(width, height)
  if (longestSide > LOGO_MAX_PIXELS || Math.min(width, height) < 1) {
    return logoErrors("invalid", staffEn.rules.logo_pixels(LOGO_MAX_PIXELS), LOGO_MAX_PIXELS)
  }
  if (image.type === "image/png" && !(await hasAllPixels(image.bytes))) {
    return logoErrors("invalid", staffEn.rules.logo_format)
  }
  return { ok: true, value: image }
}

/** From this orientation on, a picture is stored on its side (EXIF 3.0, 4.6.5.1.6). Only JPEG's reader tells it. */
const ON_ITS_SIDE = 5

/**
 * The picture in a file, with its size as it is shown; its format is detected from its content. Undefined if it isn't a complete one:
 * the readers throw various errors then. What surrounds the picture isn't kept: where and when a photo was taken, who edited it, what was
 * cut off.
 */
function readImage(file: Uint8Array): Image | undefined {
  try {
    const format = FORMATS.find(({ reader }) => reader.validate(file))
    if (!format) return undefined
    const bytes = format.strip(Buffer.from(file.buffer, file.byteOffset, file.byteLength))
    const { width, height, orientation = 1 } = format.reader.calculate(bytes)
    const shown = orientation >= ON_ITS_SIDE ? { width: height, height: width } : { width, height }
    return { type: format.type, ...shown, bytes }
  } catch {
    return undefined
  }
}

const hasAllPixels = (png: Buffer) =>
  checkPngPixels(png).then(
    () => true,
    () => false, // whatever the decompression throws, the file is at fault
  )

function logoErrors(code: FieldErrorCode, detail: string, max?: number): { ok: false; errors: FieldError[] } {
  return { ok: false, errors: [{ field: "logo", code, detail, ...(max && { max }) }] }
}
