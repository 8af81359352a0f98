// Owns: the version of this program, as git shows its own.
// Leaves: where it is from (../places.ts).
import { programVersion } from '../places.ts';

export const versionLine = (): string => `git-remote-daemon version ${programVersion()}\n`;
