/** A colour of sRGB as `#1f4fd8`, in small letters. */
export type Hex = string

/** The product's own, of a reseller that has none; public/app.css has it too. */
export const DEFAULT_ACCENT: Hex = "#1f4fd8"

/** How an accent is shown: on light paper and on dark, with what is written on it. */
export type Accent = { light: Hex; onLight: Hex; dark: Hex; onDark: Hex }

/** WCAG 2.2, 1.4.3: of text to what is behind it. */
const CONTRAST_MIN = 4.5
// The grounds that links and buttons stand on (public/app.css), each the worst of its theme.
const LIGHT_GROUND = "#f1efeb"
const DARK_GROUND = "#262624"
const WHITE = "#ffffff"
const DARK_INK = "#10182c"
const STEPS = 40

/** An accent as readable as it must be: made darker for light paper and lighter for dark, as little as does. */
export function readableAccent(color: Hex): Accent {
  const light = untilReadable(color, "#000000", [LIGHT_GROUND, WHITE])
  const dark = untilReadable(color, WHITE, [DARK_GROUND, DARK_INK])
  return { light, onLight: WHITE, dark, onDark: DARK_INK }
}

function untilReadable(color: Hex, towards: Hex, grounds: Hex[]): Hex {
  for (let step = 0; step <= STEPS; step++) {
    const mixed = mix(color, towards, step / STEPS)
    if (grounds.every((ground) => contrast(mixed, ground) >= CONTRAST_MIN)) return mixed
  }
  return towards
}

/** From 1, none, to 21 (WCAG 2.2, contrast ratio). */
export function contrast(one: Hex, other: Hex): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

/** WCAG 2.2, relative luminance. */
function luminance(color: Hex): number {
  const [red = 0, green = 0, blue = 0] = channels(color)
    .map((channel) => channel / 255)
    .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function mix(color: Hex, towards: Hex, share: number): Hex {
  const goal = channels(towards)
  const mixed = channels(color).map((channel, n) => Math.round(channel + ((goal[n] ?? 0) - channel) * share))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`
}

function channels(color: Hex): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
}
