// Owns: the daemon's code with its cache, as the programs that become a daemon open it.
// Leaves: loading it (program-code.ts), keeping it (code-cache.ts).
import { PROGRAM_FOLDER } from '../places.ts';
import { openCodeCache } from './code-cache.ts';
import { openProgramCode, type ProgramCode } from './program-code.ts';

export const openCode = (env: NodeJS.ProcessEnv): ProgramCode => openProgramCode(PROGRAM_FOLDER, openCodeCache(env));
