import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    tags: [
      {
        name: 'long',
        timeout: 600_000,
        description: 'what takes long: `npm test` leaves it out, `npm run test:long` does it alone',
      },
    ],
    globalSetup: ['test/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests spawn the real binary, which itself uses every core.
    maxWorkers: 2,
  },
});
