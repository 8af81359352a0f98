import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { scriptsForVite } from './test/support/script-text.mjs';

export default defineConfig({
  plugins: [scriptsForVite],
  test: {
    include: ['test/**/*.test.ts'],
    // For failures only: tests wait for what they expect, within limits of their own that say what was missing.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // The end-to-end tests mostly wait, so two at a time are quicker even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
