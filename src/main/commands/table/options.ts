// Owns: the options that several commands have.
// Leaves: which have them (the rows beside this file).
import type { OptionRow } from './row.ts';

export const JSON_OPTION = { name: '--json', summary: 'print it for programs' } as const satisfies OptionRow;
export const ALL = {
  name: '--all',
  summary: "in each repository of this account that 'register' has noted",
} as const satisfies OptionRow;
export const FOLLOW = {
  name: '--follow',
  short: '-f',
  summary: 'go on as more happens, until interrupted',
} as const satisfies OptionRow;
export const REPLACE = {
  name: '--replace',
  summary: 'stop the daemon that runs here first',
} as const satisfies OptionRow;
export const REMOTE_ID = {
  name: '--remote-id',
  value: { name: 'ID', choices: ['name', 'uri'] },
  summary: "what programs are told a remote is called: its name, or its URI, as git-annex's assistant expects",
} as const satisfies OptionRow;
export const VERBOSE = {
  name: '--verbose',
  short: '-v',
  summary: 'log what is done, too, as remotedaemon.logLevel=debug does',
} as const satisfies OptionRow;
export const QUIET = {
  name: '--quiet',
  short: '-q',
  summary: 'log only what is wrong, as remotedaemon.logLevel=warn does',
} as const satisfies OptionRow;
export const WRITE = { name: '--write', summary: 'the peer may push here, too' } as const satisfies OptionRow;
export const STARTING = [REPLACE, REMOTE_ID, VERBOSE, QUIET] as const;
