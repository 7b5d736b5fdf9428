import base from "../vitest.config.ts"

/** Measures, so nothing runs beside it. */
export default { ...base, test: { ...base.test, include: ["test/bench/*.bench.ts"], maxWorkers: 1, silent: false } }
