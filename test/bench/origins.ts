/** The services that are measured, by the origin that their requests name. */
export const ORIGINS = {
  floor: "https://floor.example",
  vestibule: "https://vestibule.example",
  betterAuth: "https://better-auth.example",
} as const

export type Service = keyof typeof ORIGINS

export const SERVICES = ["floor", "vestibule", "betterAuth"] as const satisfies Service[]
