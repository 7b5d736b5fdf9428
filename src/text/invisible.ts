/** Characters that are invisible, but that the letter or emoji beside them can need: joiners, variants and the letters of flags. */
const CONDITIONAL =
  "\\u200c|\\u200d|[\\ufe00-\\ufe0f]|[\\u{e0020}-\\u{e007f}]|[\\u{e0100}-\\u{e01ef}]|[\\u180b-\\u180f]"

/** Characters that nobody sees; some hide or reverse the text beside them. The signs below Arabic numbers can be seen. */
const INVISIBLE = new RegExp(
  `(?!${CONDITIONAL}|[\\u0600-\\u0605\\u06dd\\u08e2])[\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}]`,
  "gu",
)

/** Scripts in which letters join, and whose words change without joiners (RFC 5892, A.1 and A.2). */
const CURSIVE = "\\p{sc=Arab}\\p{sc=Syrc}\\p{sc=Mong}\\p{sc=Nkoo}\\p{sc=Mand}\\p{sc=Adlm}\\p{sc=Rohg}"
const BRAHMIC =
  "\\p{sc=Deva}\\p{sc=Beng}\\p{sc=Guru}\\p{sc=Gujr}\\p{sc=Orya}\\p{sc=Taml}\\p{sc=Telu}\\p{sc=Knda}\\p{sc=Mlym}\\p{sc=Sinh}\\p{sc=Mymr}\\p{sc=Khmr}\\p{sc=Tibt}\\p{sc=Java}\\p{sc=Bali}\\p{sc=Newa}"
const JOINING = `[${CURSIVE}${BRAHMIC}]`
const EMOJI = "[\\p{Extended_Pictographic}\\u{1f3fb}-\\u{1f3ff}\\ufe0f]"

/** What one neighbor or both must be, or the character is only in the way. */
const NEEDED = [
  `(?<=${JOINING}\\p{M}{0,8})[\\u200c\\u200d](?=[\\u200c\\u200d]*${JOINING})`,
  `(?<=[${BRAHMIC}]\\p{M}{1,8})\\u200d(?![\\p{L}\\p{M}\\u200c\\u200d])`, // a chillu at the end of a Malayalam word
  "(?<=\\u0647\\p{M}{0,8})\\u200d(?![\\p{L}\\p{M}\\u200c\\u200d])", // the abbreviation of a year in Persian
  `(?<=${EMOJI})\\u200d(?=\\p{Extended_Pictographic})`,
  "(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]",
  "(?<=[0-9#*])\\ufe0f(?=\\u20e3)",
  "(?<=\\p{sc=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]",
  "(?<=[\\p{sc=Mymr}\\p{sc=Phag}])\\ufe00",
  "(?<=\\p{sc=Mong})[\\u180b-\\u180f]",
  "(?<=\\u{1f3f4})[\\u{e0020}-\\u{e007e}]{3,6}\\u{e007f}",
]
const KEPT_OR_CONDITIONAL = new RegExp(`(${NEEDED.join("|")})|${CONDITIONAL}`, "gu")

/** Without characters that nobody sees, unless a script or an emoji needs them where they are. Takes linear time. */
export function removeInvisible(text: string): string {
  return text.replace(INVISIBLE, "").replace(KEPT_OR_CONDITIONAL, "$1")
}

/** With a sign in the place of each character that `removeInvisible` removes: `␀` to `␡`, or `�`. Takes linear time. */
export function revealInvisible(text: string): string {
  return text.replace(INVISIBLE, toSign).replace(KEPT_OR_CONDITIONAL, (_, kept?: string) => kept ?? REPLACEMENT)
}

const REPLACEMENT = "\ufffd"

function toSign(character: string): string {
  const code = character.charCodeAt(0)
  if (code === 0x7f) return "\u2421"
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : REPLACEMENT
}

/** A letter, digit or sign, other than those that are drawn as blanks. */
const VISIBLE = /(?![\u2800\ufffc\p{Default_Ignorable_Code_Point}])[\p{L}\p{N}\p{P}\p{S}\p{Co}]/u

/** True if something of the text can be seen. */
export const isVisible = (text: string): boolean => VISIBLE.test(text)
