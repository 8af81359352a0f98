#!/bin/sh
# Owns: a git-annex that passes everything on to the real one, but `remotedaemon --foreground`, which becomes ours.
# Leaves: the lines before it, which say what `mark`, `node`, `program` and `here` are (annex-wrapper.ts).
# shellcheck disable=SC2154

is_wrapper() {
  [ -f "$1" ] && { IFS= read -r line && IFS= read -r line; } <"$1" && [ "$line" = "$mark" ]
} 2>/dev/null

# Where such a wrapper is, it could find itself, or two of them each other.
leave_wrappers() {
  rest=$PATH: kept=
  while [ -n "$rest" ]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    is_wrapper "${folder:-.}/git-annex" || kept=$kept${kept:+:}${folder:-.}
  done
  PATH=$kept
}

run_ours() {
  if [ -x "$node" ] && [ -f "$program" ]; then
    exec "$node" "$program" --foreground --remote-id=uri --parent-pid="$PPID"
  fi
  echo "$here/git-annex: git-remote-daemon is no longer at $program, so git-annex's own is used; run 'git remote-daemon annex-wrapper' again" >&2
}

if [ "${1-}" = remotedaemon ]; then
  for word; do
    if [ "$word" = --foreground ]; then run_ours; fi
  done
fi
case ${1-} in
  # These two start a remotedaemon, by the git-annex in the folder that this names.
  assistant | webapp) export GIT_ANNEX_DIR="$here" ;;
  *) if [ "${GIT_ANNEX_DIR-}" = "$here" ]; then unset GIT_ANNEX_DIR; fi ;;
esac
leave_wrappers
if ! command -v git-annex >/dev/null; then
  echo "$here/git-annex: there is no other git-annex on PATH" >&2
  exit 127
fi
exec git-annex "$@"
