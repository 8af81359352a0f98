// Owns: the commands `register` and `unregister`.
// Leaves: the list (registered.ts).
import path from 'node:path';
import { printable } from '../../../shared/printable.ts';
import { workingDirectory } from '../../host/working-directory.ts';
import { UserError } from '../../user-error.ts';
import type { Handler } from '../handler.ts';
import { register, registered, unregister } from './registered.ts';
import { environmentElsewhere, repositoryAt } from './top-here.ts';

export const registerCommand: Handler = async (_call, { print }) => {
  const { top } = await repositoryAt(workingDirectory(), process.env);
  const isNew = await register(top, process.env);
  print(`${printable(top)}: ${isNew ? 'registered' : 'is registered already'}\n`);
  return 0;
};

/** Of one that is gone nothing is left but the path, so that may be said. */
export const unregisterCommand: Handler = async ({ words: [said] }, { print }) => {
  const top = said === undefined ? (await repositoryAt(workingDirectory(), process.env)).top : await topMeant(said);
  if (!(await unregister(top, process.env))) throw new UserError(`${printable(top)} is not registered`, 1);
  print(`${printable(top)}: no longer registered\n`);
  return 0;
};

/** A registered path as it is; else that of the repository there, where there is one. */
export async function topMeant(said: string): Promise<string> {
  const at = path.resolve(workingDirectory(), said);
  if ((await registered(process.env)).some(({ top }) => top === at)) return at;
  const there = await repositoryAt(at, environmentElsewhere(process.env)).catch(() => undefined);
  return there?.top ?? at;
}
