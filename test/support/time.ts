import { vi } from "vitest"

type Duration = { days?: number; hours?: number; minutes?: number; seconds?: number }

/** Lets time pass, for the app and the test. From then on the clock stands still until the next call. */
export function travel({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Duration) {
  travelTo(new Date(Date.now() + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000))
}

/** Sets the clock of the app and the test, and stops it there. Timers run on. */
export function travelTo(date: Date) {
  vi.useFakeTimers({ toFake: ["Date"], now: date })
}

/** Gives the clock back. */
export function travelBack() {
  vi.useRealTimers()
}
