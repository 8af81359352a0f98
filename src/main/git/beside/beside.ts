// Owns: whether fetches beside this repository are the same as fetches in it, as its config stands, and what they know of each other.
// Leaves: such a fetch (fetch-beside.ts), and what config is the same (same-config.ts).
import type { Environment } from '../../../shared/git-environment.ts';
import type { RefName, RemoteName } from '../../../shared/remote.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import type { Steps } from '../operation.ts';
import { isSameConfig, type SideConfig, sideConfig } from './same-config.ts';
import { makeSide, removeSides, type SideContent, type SideRepository } from './side-repository.ts';

export interface Beside {
  /** undefined: nothing can be fetched there. Two gits the first time, and when the config has changed. */
  readonly config: (steps: Steps, own: Environment) => Promise<SideConfig | undefined>;
  /** Some file of the config is another. */
  readonly configChanged: () => void;
  /** undefined: the disk does not take it. */
  readonly make: (content: SideContent) => SideRepository | undefined;
  /** Refs that such fetches have moved lately: others are often made of what they lead to. */
  readonly lately: () => readonly RefName[];
  readonly moved: (refs: readonly RefName[]) => void;
  /** Fetches from it took too long there: for a while they are not tried. */
  readonly isSlow: (remote: RemoteName) => boolean;
  readonly wasSlow: (remote: RemoteName) => void;
}

const MOST_LATELY = 16;
const SLOW_MS = 10 * 60_000;

type Known = { readonly kind: 'known'; readonly config: SideConfig | undefined } | { readonly kind: 'unknown' };

/** `parent`: a directory that nobody else has anything in; what is there is removed. */
export function createBeside(parent: string, commonDir: string): Beside {
  const emptied = removeSides(parent);
  const slowUntil = new Map<RemoteName, number>();
  let known: Known = { kind: 'unknown' };
  let lately: readonly RefName[] = [];
  const make: Beside['make'] = (content) => {
    try {
      return makeSide(parent, commonDir, content);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return undefined;
    }
  };
  const find = async (steps: Steps, own: Environment): Promise<SideConfig | undefined> => {
    const list = async (env: Environment): Promise<string | undefined> => {
      const { status, stdout, isPart } = await steps.git(['config', '--null', '--list'], env);
      return status === 0 && !isPart ? stdout : undefined;
    };
    const here = await list(own);
    const config = here === undefined ? undefined : sideConfig(here, commonDir);
    if (here === undefined || config === undefined) return undefined;
    // git says itself what holds there: files may be included by where the git dir is.
    const side = make({ config: config.text, refs: [] });
    const there = side && (await list({ ...own, ...side.environment }).finally(side.remove));
    return there !== undefined && isSameConfig(here, there, config.own) ? config : undefined;
  };
  return {
    config: async (steps, own) => {
      if (known.kind === 'known') return known.config;
      await emptied;
      const asked: Known = { kind: 'unknown' };
      known = asked;
      const config = await find(steps, own);
      // Else it has changed meanwhile.
      if (known === asked) known = { kind: 'known', config };
      return config;
    },
    configChanged: () => {
      known = { kind: 'unknown' };
    },
    make,
    lately: () => lately,
    moved: (refs) => {
      lately = [...new Set([...refs, ...lately])].slice(0, MOST_LATELY);
    },
    isSlow: (remote) => (slowUntil.get(remote) ?? 0) > performance.now(),
    wasSlow: (remote) => void slowUntil.set(remote, performance.now() + SLOW_MS),
  };
}
