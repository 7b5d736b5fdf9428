/**
 * Folding: what a person would call the same becomes the same text. It follows the primary strength of the Unicode collation
 * (UTS #10, CLDR root) for accents and case, and Lucene's normalizers for Arabic and Persian letters. For search only: it is never shown.
 */

/** Marks that are written or left out at will. Those of Indic scripts are vowels, and those of kana make another letter. */
const OPTIONAL_MARKS =
  "[[\\p{M}&&[\\p{sc=Zinh}\\p{sc=Latn}\\p{sc=Grek}\\p{sc=Cyrl}\\p{sc=Hebr}\\p{sc=Arab}\\p{sc=Syrc}]]--[\\u3099\\u309a\\u0306]]|(?<!\u0438)\\u0306|[\\u093c\\u0e47-\\u0e4c\\u0e4e\\u0ec8-\\u0ecc\\u0ece]"
/** Quotes, apostrophes, middle dots and the tatweel, which only stretches a word. */
const DECORATION = "['\"`\\u02b9-\\u02bf\\u05f3\\u05f4\\u2032\\u2033\\u00b7\\u2027\\u2022\\u30fb\\u0640\\p{Pi}\\p{Pf}]"
const IGNORED = new RegExp(`${OPTIONAL_MARKS}|${DECORATION}|[\\p{Cf}\\p{Default_Ignorable_Code_Point}]`, "gv")

/** Letters that Unicode doesn't decompose: each, and what it is written as without its accent, in its other form, or in its other variant. */
const VARIANTS =
  "ß:ss ø:o ł:l đ:d ð:d æ:ae œ:oe þ:th ı:i ħ:h ŧ:t ŋ:n ə:e ɛ:e ɔ:o ɓ:b ɗ:d ɖ:d ƙ:k ƴ:y ς:σ " +
  "ך:כ ם:מ ן:נ ף:פ ץ:צ ٱ:ا ى:ي ی:ي ک:ك ڪ:ك ة:ه ہ:ه ھ:ه ە:ه ۃ:ه " +
  "髙:高 﨑:崎 嵜:崎 邊:辺 邉:辺 澤:沢 齋:斎 齊:斎 斉:斎 濱:浜 濵:浜 眞:真 廣:広 櫻:桜 嶋:島 瀨:瀬 德:徳 惠:恵 國:国 冨:富 。:."
const LETTERS = new Map(VARIANTS.split(" ").map((pair) => pair.split(":") as [string, string]))
const HAS_VARIANT = new RegExp(`[${[...LETTERS.keys()].join("")}]`, "gu")

/** Between letters of these scripts, a space is a matter of style: 山田 太郎 is 山田太郎. */
const UNSPACED = "[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Hang}ー]"
const OPTIONAL_SPACES = new RegExp(`(?<=${UNSPACED}) (?=${UNSPACED})`, "gu")

/**
 * Folds a line: without case, width, accents, points and joiners, in hiragana, with digits in ASCII and one space for spaces and dashes.
 * Takes sanitized text, since normalizing towers of marks takes quadratic time.
 */
export function fold(line: string): string {
  const decomposed = line
    .replaceAll("\u00b4", "'") // would decompose into a space
    .normalize("NFKD")
  return toAsciiDigits(decomposed)
    .toLowerCase()
    .replace(IGNORED, "")
    .replace(HAS_VARIANT, (letter) => LETTERS.get(letter) ?? letter)
    .replace(/[\u30a1-\u30f6\u30fd\u30fe]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .replace(/[\p{Pd}\s]+/gu, " ")
    .normalize("NFC")
    .replace(OPTIONAL_SPACES, "")
    .trim()
}

/** The digits of all scripts as 0 to 9. */
export const toAsciiDigits = (text: string): string => text.replace(/(?![0-9])\p{Nd}/gu, toAsciiDigit)

/** The digits of a script follow each other, from zero on. */
function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let zero = code
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return String((code - zero) % 10)
}
