import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSequencer, type TestSpecification, type Vitest } from 'vitest/node';
import { scriptsForVite } from './test/support/script-text.mjs';

/** Those that run daemons, links and threads have a process each: what one leaves behind is no matter of the next. */
const APART = [
  'test/{end-to-end,hostile,model,workers}/**/*.test.ts',
  'test/main/supervisor/{link,threads}/**/*.test.ts',
];

/** By far the longest file, which tells stories for as long as it is given. */
const isLongest = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/test/model/daemon-model.test.ts');
const isApart = ({ project }: TestSpecification): boolean => project.name === 'apart';

/**
 * The usual order, but for the longest file: begun late, it would be waited for when all others are done. Those that can
 * share a process come last, and so behind one another.
 */
class LongestFirst implements TestSequencer {
  readonly #usual: BaseSequencer;

  constructor(vitest: Vitest) {
    this.#usual = new BaseSequencer(vitest);
  }

  shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    return this.#usual.shard(files);
  }

  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): number => (isLongest(file) ? 0 : isApart(file) ? 1 : 2);
    const sorted = await this.#usual.sort(files);
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  plugins: [scriptsForVite],
  test: {
    sequence: { sequencer: LongestFirst },
    // For failures only: tests wait for what they expect, within limits of their own that say what was missing.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // The end-to-end tests mostly wait, so two at a time are quicker even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: 'apart', include: APART } },
      // A process and its modules for each of a hundred short files would cost more than what they test.
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: APART, isolate: false } },
    ],
  },
});
