import base from "../vitest.config.ts"

/** The hostile requests of test/hostile-input.test.ts, twenty times as many. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ["test/hostile-input.test.ts"],
    provide: { hostile: { ...base.test?.provide?.hostile, requests: 20_000 } },
  },
}
