import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSequencer, type TestSpecification, type Vitest } from 'vitest/node';
import { scriptsForVite } from './test/support/script-text.mjs';

/** By far the longest file, which tells stories for as long as it is given. */
const isLongest = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/test/model/daemon-model.test.ts');

/** The usual order, but for the longest file: begun late, it would be waited for when all others are done. */
class LongestFirst implements TestSequencer {
  readonly #usual: BaseSequencer;

  constructor(vitest: Vitest) {
    this.#usual = new BaseSequencer(vitest);
  }

  shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    return this.#usual.shard(files);
  }

  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await this.#usual.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  plugins: [scriptsForVite],
  test: {
    include: ['test/**/*.test.ts'],
    sequence: { sequencer: LongestFirst },
    // For failures only: tests wait for what they expect, within limits of their own that say what was missing.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // The end-to-end tests mostly wait, so two at a time are quicker even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
