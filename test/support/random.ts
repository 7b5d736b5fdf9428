/** Random numbers that are the same in every run. */
export function seededRandom(seed: number) {
  let state = seed
  return (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0 // constants of Numerical Recipes
    return Math.floor((state / 2 ** 32) * limit)
  }
}
