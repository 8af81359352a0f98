// Owns: the one table of commands, of which help, usage errors, the manual and completions are made.
// Leaves: the rows (rows-*.ts), and what each command does (../dispatch.ts).
import type { CommandGroup, CommandRow, OptionRow } from './row.ts';
import { HOME_ROWS, MORE_ROWS } from './rows-home.ts';
import { PEER_ROWS } from './rows-peer.ts';
import { SEE_ROWS, START_ROWS, STEER_ROWS } from './rows-running.ts';

const ROWS = [...START_ROWS, ...SEE_ROWS, ...STEER_ROWS, ...HOME_ROWS, ...PEER_ROWS, ...MORE_ROWS] as const;

export type CommandName = (typeof ROWS)[number]['name'];
/** A row of the table. */
export type Row = CommandRow & { readonly name: CommandName };
export const COMMANDS: readonly Row[] = ROWS;

/** In the order in which they are shown. */
export const GROUPS: Readonly<Record<CommandGroup, string>> = {
  start: 'Starting and stopping',
  see: 'Seeing what it does',
  steer: 'Steering it',
  home: 'At home on this machine',
  peers: 'Peers: repositories on other machines, with no server between',
  more: 'More',
};

/** Those without a command. */
export const OWN_OPTIONS: readonly OptionRow[] = [
  { name: '--help', short: '-h', summary: 'this page, or with a command all about it' },
  { name: '--version', summary: 'the version of this program' },
  { name: '--build-options', summary: 'with --version: those of node, git and ssh, too' },
  { name: '--control-path', summary: 'where the control pipe of the daemon here is, for scripts' },
];

/** The row of a command said by its name. */
export const rowNamed = (name: string): Row | undefined =>
  COMMANDS.find((row) => row.name === name && row.saidBy === undefined);

/** `peer`, `service`: first words of commands of two. */
export const FAMILIES: ReadonlySet<string> = new Set(
  COMMANDS.flatMap(({ name }) => (name.includes(' ') ? (name.split(' ')[0] ?? []) : [])),
);
