// Owns: the turns of a link, as its remote hears of them.
// Leaves: real links (test/end-to-end), and how many have a turn (gates.test.ts).
import { expect, it } from 'vitest';
import { createAccounts } from '../../../../src/main/supervisor/link/accounts.ts';
import { createGates } from '../../../../src/main/supervisor/link/gates.ts';
import { type LinkTools, openLink } from '../../../../src/main/supervisor/link/link.ts';
import { remoteName } from '../../../../src/shared/remote.ts';
import type { LinkTask, Report } from '../../../../src/shared/thread-messages.ts';
import { target } from './ssh-target.ts';

const LOGIN = { account: { key: 'u@h:22', clues: { files: [] } }, by: 'built-in' } as const;

const TASK: LinkTask = {
  remote: remoteName('o'),
  url: 'h:d',
  rung: { kind: 'annex-shell', target },
  refs: { refspecs: [], tags: true },
  directory: '/',
  repositoryVariables: {},
  secrets: {},
};

/** Links whose workers say what the test says; `heard` is what each remote hears. */
function makeLinks() {
  const gates = createGates({ logins: 1 });
  const accounts = createAccounts(() => 0);
  return () => {
    const heard: string[] = [];
    const given: number[] = [];
    let say: (report: Report) => void = () => expect.unreachable();
    const tools: LinkTools = {
      gates,
      accounts,
      log: () => undefined,
      noteChannels: () => undefined,
      hearOfPeer: () => undefined,
      sawActivity: () => undefined,
      noteChild: () => undefined,
      endChildren: () => undefined,
      openLoop: (_options, onReport) => {
        say = onReport;
        return {
          close: () => undefined,
          order: (order) => {
            if (order.kind === 'turn') given.push(order.turn);
          },
        };
      },
    };
    openLink(TASK, tools, (report) => heard.push(report.kind === 'phase' ? report.phase : report.kind));
    return { heard, given, say };
  };
}

const login = { kind: 'wants-turn', turn: 1, gate: { kind: 'login', server: 'h:22', login: LOGIN } } as const;

it('a link waits for its turn without a limit, and has one again when it has its turn', () => {
  const open = makeLinks();
  const [first, second] = [open(), open()];
  first.say(login);
  second.say(login);
  expect([first.heard, second.heard]).toEqual([['waiting for a turn', 'starting'], ['waiting for a turn']]);
  first.say({ kind: 'turn-over', turn: 1 });
  expect([second.given, second.heard.at(-1)]).toEqual([[1], 'starting']);
});

it('a link that ends gives its turn to the next, whatever became of its thread', () => {
  const open = makeLinks();
  const [first, second] = [open(), open()];
  first.say(login);
  second.say(login);
  first.say({ kind: 'ended', ending: { kind: 'failed', failure: { code: 'worker-crashed', detail: 'it crashed' } } });
  expect([first.heard.at(-1), second.given]).toEqual(['ended', [1]]);
});
