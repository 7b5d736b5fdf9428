/** Makes a name one harmless line: control and direction-changing characters and line breaks become single spaces. */
export function oneLine(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
}

export function normalEmail(address: string): string {
  return address.trim().toLowerCase()
}

/**
 * Keeps mail programs from making a link of a name such as `http://evil.example`: an invisible word joiner after each
 * `:` of a scheme, each `@` and each dot inside a domain. The text reads the same.
 */
export function unlinked(text: string): string {
  return text.replace(/:(?=\/\/)|@(?=\S)|(?<=\S)\.(?=[\p{L}\p{N}-]{2})/gu, "$&\u2060")
}

/** `priya@northwind.example` as `p••••@n••••••••.example`: enough to recognise one's own address, not to learn it. */
export function maskedEmail(address: string): string {
  const [local = "", domain = ""] = address.split("@")
  const [host = "", ...rest] = domain.split(".")
  return `${masked(local)}@${[masked(host), ...rest].join(".")}`
}

function masked(word: string): string {
  return word.slice(0, 1) + "•".repeat(Math.max(word.length - 1, 2))
}
