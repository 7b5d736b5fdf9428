import { vi } from "vitest"

type Duration = { days?: number; hours?: number; minutes?: number; seconds?: number }

/** Moves the clock of the app and the test forward, and stops it there. */
export function travel({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Duration) {
  travelTo(new Date(Date.now() + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000))
}

/** Sets the clock of the app and the test, and stops it there. Timers keep running. */
export function travelTo(date: Date) {
  vi.useFakeTimers({ toFake: ["Date"], now: date })
}

/** Restores the real clock. */
export function travelBack() {
  vi.useRealTimers()
}
