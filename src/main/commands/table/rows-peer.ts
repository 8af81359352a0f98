// Owns: the commands about peers: one row each.
// Leaves: what a row is (row.ts), and all other commands (table.ts).
import { JSON_OPTION, WRITE } from './options.ts';
import type { CommandRow } from './row.ts';

export const PEER_ROWS = [
  {
    name: 'peer invite',
    group: 'peers',
    summary: 'let somebody in, by an invitation that it prints',
    description: [
      'It prints one line, which is a secret: whoever has it is let in by it until you take it back. He may fetch; with --write, push as well. Send it by a way that nobody else reads.',
    ],
    words: [],
    options: [
      WRITE,
      {
        name: '--network',
        value: { name: 'NET' },
        summary: 'over which, such as tor; it is needed unless just one is served',
      },
      { name: '--name', value: { name: 'NAME' }, summary: 'what he is to be called here' },
    ],
  },
  {
    name: 'peer accept',
    group: 'peers',
    summary: 'make a remote of an invitation',
    description: [
      'NAME is what the new remote is called here. The invitation is read from stdin, where no other user sees it; as an argument it works as well. Its peer is invited in return, so that each hears of the other.',
    ],
    words: [
      { name: 'NAME', kind: 'new-remote' },
      { name: 'INVITATION', kind: 'invitation', optional: true, secret: true },
    ],
    options: [WRITE, { name: '--one-way', summary: 'do not invite him in return' }],
  },
  {
    name: 'peer list',
    group: 'peers',
    summary: 'who is let in, and when he last came',
    description: ['Invitations that nobody has used yet are named, too.'],
    words: [],
    options: [JSON_OPTION],
  },
  {
    name: 'peer remove',
    group: 'peers',
    summary: 'shut somebody out, or take an invitation back',
    description: [
      'His tokens and his remote are deleted, and that is said. What he has fetched he keeps. An invitation that nobody has used is taken back by the name that it has in the list.',
    ],
    words: [{ name: 'NAME', kind: 'peer' }],
    options: [],
  },
] as const satisfies readonly CommandRow[];
