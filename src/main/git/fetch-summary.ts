// Owns: whether a fetch moved a ref here, read from what git says of it under LC_ALL=C.
// Leaves: running it (fetch.ts), and what it means that nothing moved (main/supervisor/remote/news-pace.ts).

/** ` * [new branch] …`, `   1234..5678 …`, ` + forced`, ` t tag`, ` - [deleted] …` (git-fetch(1), OUTPUT); not ` ! ` and ` = `. */
const MOVED = /^ [ *+t-] .* -> /m;

/** A server may make it say so: that is no more than moving a ref and moving it back, which nobody can forbid it. */
export const tellsOfMoves = (stderr: string): boolean => MOVED.test(stderr);
