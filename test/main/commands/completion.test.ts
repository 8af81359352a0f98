import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { COMMANDS } from '../../../src/main/commands/table/table.ts';
import { lacksAbility } from '../../support/abilities.ts';
import { lacksPeers } from '../../support/peers.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { type Complete, completeIn, type SetUp, type ShellPlace } from './completion-shells.ts';

const FAMILIES = ['peer', 'service'];
const FIRST = [
  ...COMMANDS.flatMap(({ name, saidBy }) => (saidBy || name.includes(' ') ? [] : name)),
  ...FAMILIES,
].sort();

/** What a line is to be completed with, wherever the program is called by its own name or by git. */
const EXPECTED: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['', FIRST],
  ['st', ['start', 'status', 'stop']],
  ['fetch ', ['bob', 'origin', 'other']],
  ['fetch origin o', ['other']],
  ['log -n 5 ori', ['origin']],
  ['watch origin o', []],
  ['peer ', ['accept', 'invite', 'list', 'remove']],
  ['peer re', ['remove']],
  ['peer remove ', ['bob']],
  ['service i', ['install']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['help peer ', ['accept', 'invite', 'list', 'remove']],
  ['help sto', ['stop']],
  ['--remote-id ', ['name', 'uri']],
];

/** Each shell says the names of options in its own way. */
const bare = (offered: readonly string[]): string[] =>
  [
    ...new Set(offered.map((word) => word.replace(/=$/, '')).filter((word) => /^--/.test(word) && word !== '--help')),
  ].sort();

async function makePlace(): Promise<ShellPlace> {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'here');
  for (const name of ['origin', 'other']) await repo.git('remote', 'add', name, '../elsewhere');
  await repo.git('config', 'remote.bob.url', `p2p-annex::hyper:${'a1'.repeat(32)}`);
  return { scratch, repo };
}

const optionsOf = (name: string): string[] =>
  COMMANDS.flatMap((row) => (row.name === name ? row.options.map((option) => option.name) : [])).sort();

/** All in one go, as a shell takes long to begin. */
async function expectAll(complete: Complete): Promise<void> {
  const cases = ['git remote-daemon ', 'git-remote-daemon '].flatMap((program) => [
    ...EXPECTED.map(([line, offered]) => ({ line: program + line, offered, shown: asItIs })),
    { line: `${program}status --`, offered: optionsOf('status'), shown: bare },
    { line: `${program}start --re`, offered: ['--remote-id', '--replace'], shown: bare },
    { line: `${program}service install --`, offered: optionsOf('service install'), shown: bare },
    { line: `${program}status --color=`, offered: ['always', 'auto', 'never'], shown: values },
  ]);
  const answers = await complete('git remote-d', ...cases.map(({ line }) => line));
  expect(answers[0]).toEqual(['remote-daemon']);
  const shown = cases.map((each, index) => [each.line, each.shown(answers[index + 1] ?? [])]);
  expect(shown).toEqual(cases.map(({ line, offered }) => [line, offered]));
}

const asItIs = (offered: readonly string[]): readonly string[] => offered;
const values = (offered: readonly string[]): string[] => offered.map((value) => value.replace(/^--color=/, ''));

/** In a repository of somebody else, a remote may have any name. */
async function expectNoHarm({ repo, scratch }: ShellPlace, complete: Complete): Promise<void> {
  const harm = join(scratch.directory, 'harm');
  await repo.git('config', `remote.$(touch ${harm}).url`, '../elsewhere');
  await repo.git('config', `remote.\`touch ${harm}\`;touch ${harm}.url`, '../elsewhere');
  await complete('git remote-daemon fetch ', 'git-remote-daemon fetch ');
  expect(existsSync(harm)).toBe(false);
}

const noBashCompletion = lacksAbility('completion in bash', 'git and bash-completion have none here', () => {
  if (!existsSync('/usr/share/bash-completion/completions/git')) throw new Error();
});

const SET_UPS: readonly (readonly ['bash' | 'zsh' | 'fish', string, SetUp])[] = [
  ['bash', 'sourced', { file: 'it', first: '. FILE' }],
  ['bash', 'in the folder of bash-completion', { file: '.local/share/bash-completion/completions/git-remote-daemon' }],
  ['zsh', 'sourced', { file: 'it', first: 'source FILE' }],
  ['zsh', 'in a folder of functions', { file: 'functions/_git-remote-daemon' }],
  ['fish', 'in a folder that fish reads at its start', { file: '.config/fish/conf.d/git-remote-daemon.fish' }],
];

describe.each(SET_UPS)('%s, with the completion %s', (shell, _how, setUp) => {
  const isMissing = shell === 'bash' ? noBashCompletion : lacksPeers(`completion in ${shell}`, shell);

  test.skipIf(isMissing)('completes commands, options, their values and the names of remotes and peers', async () => {
    const place = await makePlace();
    const complete = await completeIn(shell, place, setUp);
    await expectAll(complete);
    await expectNoHarm(place, complete);
  });
});
