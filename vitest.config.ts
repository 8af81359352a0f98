import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSequencer, type TestSpecification, type Vitest } from 'vitest/node';
import { scriptsForVite } from './test/support/script-text.mjs';

/** Those that run daemons, links and threads have a process each: what one leaves behind is no matter of the next. */
const APART = [
  'test/{end-to-end,hostile,model,workers}/**/*.test.ts',
  'test/main/supervisor/{link,threads}/**/*.test.ts',
];

/** Of these, those that start nothing, and make up what they need. */
const DECISIONS = [
  'test/main/supervisor/link/!(link-turns).test.ts',
  'test/main/supervisor/threads/{give-back,hang-watch,suspects,thread-slots}.test.ts',
  'test/model/{offers,ref-image,transcript}.test.ts',
  'test/workers/{carriers,outbox,transports}.test.ts',
  'test/workers/notify-command/{complaints,hints}.test.ts',
  'test/workers/peer/client/{notifications,proving,slow-rate}.test.ts',
  'test/workers/peer/network/torrc.test.ts',
  'test/workers/peer/network/xmpp/!(xmpp).test.ts',
  'test/workers/peer/server/{admission,conversation,goodbye,pending-changes,rooms}.test.ts',
  'test/workers/ssh/connection/{channel-room,failures,login-clock,ssh2-guard}.test.ts',
  'test/workers/ssh/settings/quote.test.ts',
  'test/workers/upload-pack/spelling.test.ts',
  'test/workers/upload-pack/ahead/{askable,predict,warm}.test.ts',
];

/** Begun late, one of these would be waited for when all others are done: by how long they take, seen alone. */
const LONGEST = [
  'end-to-end/peers-xmpp',
  'end-to-end/peers-hyper',
  'workers/peer/network/hyper',
  'model/daemon-model',
  'end-to-end/peers-trouble',
  'end-to-end/peers-helper',
  'end-to-end/peers-mesh',
  'end-to-end/peers-annex',
  'end-to-end/service',
  'end-to-end/peers-telehash',
  'end-to-end/foreground',
  'end-to-end/rungs',
  'end-to-end/trouble',
  'end-to-end/requests',
  'end-to-end/compare',
  'end-to-end/local',
  'end-to-end/background',
  'end-to-end/annex-shell',
  'end-to-end/peers-xmpp-pairs',
  'end-to-end/readme',
  'end-to-end/repository',
  'workers/peer/network/xmpp/xmpp',
  'workers/upload-pack/ahead/ask',
  'workers/refs/compare',
  'main/relay/helper',
  'main/cli',
  'main/commands/completion',
];

/** In their order; those that can share a process come last, and so behind one another. */
const PROJECTS = ['apart', 'together', 'decisions'];

function rankOf({ moduleId, project }: TestSpecification): number {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return place >= 0 ? place : LONGEST.length + PROJECTS.indexOf(project.name);
}

/** Among files of one rank the usual order: the longest of the last run, or the biggest. */
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
    return sorted.sort((one, other) => rankOf(one) - rankOf(other));
  }
}

export default defineConfig({
  plugins: [scriptsForVite],
  test: {
    sequence: { sequencer: LongestFirst },
    // For failures only: tests wait for what they expect, within limits of their own that say what was missing.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // The end-to-end tests mostly wait: with one for each processor, the processors would wait as well.
    maxWorkers: availableParallelism() + 2,
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: 'apart', include: APART, exclude: DECISIONS } },
      // A process and its modules for each of a hundred short files would cost more than what they test.
      {
        extends: true,
        test: { name: 'together', include: ['test/**/*.test.ts'], exclude: [...APART, ...DECISIONS], isolate: false },
      },
      { extends: true, test: { name: 'decisions', include: DECISIONS, isolate: false } },
    ],
  },
});
