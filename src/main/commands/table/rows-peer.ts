// Owns: the commands about peers: one row each.
// Leaves: what a row is (row.ts), and all other commands (table.ts).
import { JSON_OPTION, WRITE } from './options.ts';
import type { CommandRow } from './row.ts';

export const PEER_ROWS = [
  {
    name: 'peer invite',
    group: 'peers',
    summary: 'let somebody in over a network of peers, and print an invitation, which is a secret',
    description: ['He may read; with --write, push as well.'],
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
    summary: 'make a remote of an invitation, and invite its peer in return',
    description: ['The invitation is read from stdin, where no other user sees it; as an argument it works as well.'],
    words: [
      { name: 'NAME', kind: 'new-remote' },
      { name: 'INVITATION', kind: 'invitation', optional: true, secret: true },
    ],
    options: [WRITE, { name: '--one-way', summary: 'do not invite him in return' }],
  },
  {
    name: 'peer list',
    group: 'peers',
    summary: 'who may come here, what he may, and when he last did',
    description: [],
    words: [],
    options: [JSON_OPTION],
  },
  {
    name: 'peer remove',
    group: 'peers',
    summary: 'shut him out at once and remove the remote; or take an invitation back',
    description: [],
    words: [{ name: 'NAME', kind: 'peer' }],
    options: [],
  },
] as const satisfies readonly CommandRow[];
