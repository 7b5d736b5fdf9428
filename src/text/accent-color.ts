/** An sRGB color in lowercase, such as `#1f4fd8`. */
type HexColor = string

/** The accent of resellers that haven't chosen one. public/css/base.css repeats it. */
export const DEFAULT_ACCENT: HexColor = "#1f4fd8"

/** An accent for the light and the dark theme, and the text color on each. */
type Accent = { light: HexColor; onLight: HexColor; dark: HexColor; onDark: HexColor }

/** WCAG 2.2, 1.4.3: the minimum contrast between text and its background. */
const CONTRAST_MIN = 4.5
// In each theme, the background of links and buttons with the least contrast (public/css/base.css).
const LIGHT_BACKGROUND = "#f1efeb"
const DARK_BACKGROUND = "#262624"
const WHITE = "#ffffff"
const DARK_TEXT = "#10182c"
const MIX_STEPS = 40

/** Darkens an accent for the light theme and lightens it for the dark one, just enough to be readable. */
export function accessibleAccent(color: HexColor): Accent {
  const light = adjustUntilReadable(color, "#000000", [LIGHT_BACKGROUND, WHITE])
  const dark = adjustUntilReadable(color, WHITE, [DARK_BACKGROUND, DARK_TEXT])
  return { light, onLight: WHITE, dark, onDark: DARK_TEXT }
}

function adjustUntilReadable(color: HexColor, target: HexColor, backgrounds: HexColor[]): HexColor {
  for (let step = 0; step <= MIX_STEPS; step++) {
    const mixed = mix(color, target, step / MIX_STEPS)
    if (backgrounds.every((background) => contrast(mixed, background) >= CONTRAST_MIN)) return mixed
  }
  return target
}

/** The contrast ratio of WCAG 2.2, from 1 (none) to 21. */
export function contrast(first: HexColor, second: HexColor): number {
  const [darker = 0, lighter = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

/** The relative luminance of WCAG 2.2. */
function luminance(color: HexColor): number {
  const [red = 0, green = 0, blue = 0] = channels(color)
    .map((channel) => channel / 255)
    .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function mix(color: HexColor, target: HexColor, ratio: number): HexColor {
  const targetChannels = channels(target)
  const mixed = channels(color).map((channel, index) =>
    Math.round(channel + ((targetChannels[index] ?? 0) - channel) * ratio),
  )
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`
}

function channels(color: HexColor): number[] {
  return [1, 3, 5].map((offset) => Number.parseInt(color.slice(offset, offset + 2), 16))
}
