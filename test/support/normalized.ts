import { vi } from "vitest"

/** Counts the characters that are normalized until `restore`: the work that can take quadratic time. */
export function countNormalized() {
  const counted = { characters: 0, restore: () => spy.mockRestore() }
  const { normalize } = String.prototype
  const spy = vi.spyOn(String.prototype, "normalize").mockImplementation(function (this: string, form?: string) {
    counted.characters += this.length
    return Reflect.apply(normalize, this, [form])
  })
  return counted
}
