/** The seed of a run's random choices. Set `FAULTS_SEED` to repeat a failed run. */
export const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000)

let state = seed

/** A number from 0 to 1, without 1 (mulberry32). */
export function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}
