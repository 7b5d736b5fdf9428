import type { Messages } from "./en.ts"
import { regionNames } from "./region-names.ts"

// The first that matches counts: Edge calls itself Chrome too, and Chrome calls itself Safari.
const BROWSERS: [pattern: RegExp, name: string][] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:OPR|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|HeadlessChrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
]

const SYSTEMS: [pattern: RegExp, name: string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
]

/** `Firefox on Windows`: what a browser's `User-Agent` says, in plain words. */
export function describeDevice({ profile }: Messages, userAgent: string | null): string {
  const browser = firstMatch(BROWSERS, userAgent ?? "")
  const system = firstMatch(SYSTEMS, userAgent ?? "")
  if (browser && system) return profile.sessions.device(browser, system)
  return browser ?? system ?? profile.sessions.unknownDevice
}

const firstMatch = (patterns: typeof BROWSERS, text: string) => patterns.find(([pattern]) => pattern.test(text))?.[1]

/** `Near Berlin, Germany`, or only the country: where a session was started. Cloudflare's `XX` and `T1` (Tor) are no countries. */
export function describePlace(
  { language, profile }: Messages,
  { city, country }: { city: string | null; country: string | null },
): string {
  const countryName = country && /^(?!XX)[A-Z]{2}$/.test(country) ? regionNames(language.dates).of(country) : undefined
  const { near, unknownPlace } = profile.sessions
  if (!city) return countryName ?? unknownPlace
  return near(countryName ? `${city}, ${countryName}` : city)
}
