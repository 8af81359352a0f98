import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { includesIn } from '../../../src/main/config/ssh-config-files.ts';
import { watchSshSettings } from '../../../src/main/config/ssh-settings-watch.ts';
import { createDoneWithout } from '../../../src/main/host/done-without.ts';
import { createLineLog } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { configOf } from './read-config.ts';

test.each([
  ['Include config.d/*', ['config.d/*']],
  ['  include = "a b" c # d', ['a b', 'c']],
  ['Host x\n\tINCLUDE ~/y\n#Include z\nIncludes w', ['~/y']],
])('%j includes %j', (text, files) => {
  expect(includesIn(text)).toEqual(files);
});

test('a remote that ssh reaches in another way since its config was changed is told of, and no other', async () => {
  const { home } = makeScratch(onTestFinished);
  mkdirSync(join(home, '.ssh/config.d'), { recursive: true });
  writeFileSync(join(home, '.ssh/config'), 'Include config.d/*\n');
  const entries = ['a', 'b'].flatMap((name) => [
    `remote.${name}.url=${name}:d`,
    `remote.${name}.fetch=+refs/heads/*:refs/remotes/${name}/*`,
  ]);
  const { remotes } = readRemotes(configOf(...entries), { bare: false, env: {}, pollMs: 7_000, fetchMode: 'fetch' });
  const events = createLineLog('the watch');
  const answers = new Map([
    ['a', 'hostname one'],
    ['b', 'hostname two'],
  ]);
  const watch = watchSshSettings({
    home,
    directory: home,
    remotes: () => remotes,
    ask: async (_program, args) => {
      const host = args.at(-1) ?? '';
      events.push(`asked ${host}`);
      return answers.get(host);
    },
    changed: (changed) => events.push(`changed ${changed.map(({ name }) => name).join(' ')}`),
    without: createDoneWithout((text) => events.push(text)),
    firstMs: 0,
  });
  onTestFinished(watch.close);
  watch.look();
  await events.next('asked b');
  answers.set('a', 'hostname three');
  // One that comes only now.
  writeFileSync(join(home, '.ssh/config.d/more'), 'Host a\nHostName three\n');
  await events.next('changed a');
  writeFileSync(join(home, '.ssh/config'), 'Include config.d/*\n\n');
  await events.next('asked b');
  answers.set('b', 'hostname four');
  writeFileSync(join(home, '.ssh/config.d/more'), '');
  await events.next('changed b');
  answers.delete('a');
  writeFileSync(join(home, '.ssh/config.d/more'), '\n');
  await events.next('asked b');
  answers.set('a', 'hostname five');
  writeFileSync(join(home, '.ssh/config.d/more'), '');
  await events.next('changed a');
});
