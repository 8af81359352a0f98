import { defineConfig } from 'vitest/config';

// The limits are for failures only: tests wait for what they expect, within limits of their own that say what was missing.
export default defineConfig({ test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } });
