import { Failure } from "../../domain/failure.ts"
import { findLogo, logoSize } from "../../domain/resellers/logo.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Reseller } from "../../storage/schema.ts"
import { accessibleAccent } from "../../text/accent-color.ts"

export const brandRoutes = new Router()

const IMMUTABLE = "public, max-age=31536000, immutable"

// These URLs can be cached forever: the first contains the color, and a new logo gets a new id.

brandRoutes.serve("brand.accent", (c) => {
  const { light, onLight, dark, onDark } = accessibleAccent(`#${c.req.param("file").slice(0, 6)}`)
  const css = `.branded{--accent:light-dark(${light},${dark});--on-accent:light-dark(${onLight},${onDark})}`
  return c.body(css, 200, { "Content-Type": "text/css; charset=utf-8", "Cache-Control": IMMUTABLE })
})

brandRoutes.serve("brand.logo", async (c) => {
  const logo = await findLogo(c.var.deps, c.req.param("id"))
  if (!logo) throw new Failure({ kind: "not_found" })
  c.header("Cross-Origin-Resource-Policy", "cross-origin") // webmail shows it too
  return c.body(logo.bytes.slice().buffer, 200, {
    "Content-Type": logo.type,
    "Content-Disposition": `inline; filename="logo.${logo.type.slice("image/".length)}"`,
    "Cache-Control": IMMUTABLE,
  })
})

/** The URL of the stylesheet that applies the accent color to elements of the class `branded`. */
export function accentCss({ accentColor }: Pick<Reseller, "accentColor">): string | undefined {
  return accentColor ? href("brand.accent", { file: `${accentColor.slice(1)}.css` }) : undefined
}

/** The reseller's logo, or the product's mark with the reseller's name. */
export function BrandName({ reseller: { name, logoId } }: { reseller: Pick<Reseller, "name" | "logoId"> }) {
  if (logoId) return <img class="logo" src={href("brand.logo", { id: logoId })} alt={name} {...logoSize(logoId)} />
  return (
    <>
      <LogoMark />
      <span>{name}</span>
    </>
  )
}

/** In the navigation of an account: the logo of its reseller, and the account's name unless the logo stands for it. */
export function AccountBrand({ reseller, name }: { reseller: Pick<Reseller, "name" | "logoId">; name: string }) {
  const label = <span class="brand-name">{name}</span>
  if (reseller.logoId) {
    return (
      <>
        <BrandName reseller={reseller} />
        {name !== reseller.name && label}
      </>
    )
  }
  return (
    <>
      <LogoMark />
      {label}
    </>
  )
}

export const LogoMark = () => <span class="logo-mark" aria-hidden="true" />
