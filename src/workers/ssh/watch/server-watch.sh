#!/bin/sh
# Owns: the watcher that an ssh server is handed as text: says which refs of a repository moved, until its stdin ends.
# Leaves: the texts before this (settle-in.sh, enter-repository.sh, whole.sh, by-name.sh, told.sh, looking.sh), its
# arguments (server-watch-script.ts), and what its lines mean (shared/watch-protocol/server-watch.ts).
#
# This shell waits for the end of stdin; the one behind `tell` is told by inotifywait which ref moved, or looks once a
# second and compares all. Either ends the other. Nothing that a program says on stderr decides anything, as it may
# come from anywhere. No line below spells a message, as a server may echo what it is sent.

# shellcheck disable=SC2034,SC2154 # The texts around this one set and use the same names.

# $1: the repository, as in a URL. $2: more folders for PATH. $3: inotifywait, looking or any. $4: the git-annex-shell
# that could tell instead of inotifywait, or nothing where it is taken to be there.
watch() {
  echo HELLO
  settle_in "$2"
  has_tools || PATH=$PATH:/usr/local/bin:/usr/bin:/bin
  has_tools || fail no-tools "$tool is not installed there"
  enter_repository "$1"
  read_format
  kept=$format
  by=$3
  may_use_inotify "$4" || look_or_fail
  if [ "$by" = looking ]; then
    tell &
  else
    what_to_watch | run_inotifywait | tell &
  fi
  keep $!
}

# A PATH may hold git and next to nothing else.
has_tools() {
  for tool in git awk find sleep; do
    command -v "$tool" >/dev/null 2>&1 || return
  done
}

# $1: the shell that tells.
keep() {
  exec >/dev/null
  while read -r line; do :; done
  kill "$1" 2>/dev/null
  wait "$1"
  exit
}

fail() {
  printf 'FAILED %s %s\n' "$1" "${2%%
*}"
  exit 1
}

# Only ever in $(...) or (...): the shell in there becomes git. `core.worktree` may be anything: it is not looked for.
ask() { exec git --git-dir=. --work-tree=. "$@" </dev/null; }

# What git says for its failure: not what others say on the same stderr, if it can be told apart.
complaint() {
  said=$("$@" 2>&1 >/dev/null)
  case $said in
    *'fatal: '*) said="fatal: ${said#*fatal: }" ;;
    *'error: '*) said="error: ${said#*error: }" ;;
  esac
  printf '%s' "${said:-git failed}"
}

# To whoever has it open, such as an upload-pack that waits, a repository that keeps its refs in another format has none.
keeps_format() {
  read_format
  [ "$format" = "$kept" ]
}

# Sets store to another place where the refs are (git 2.54), or to nothing.
read_format() {
  format=$GIT_REFERENCE_BACKEND
  [ ! -d reftable ] || format="$format reftable"
  [ -d refs/heads ] || format="$format, no refs/heads"
  lines=0
  {
    # Reading costs a call a byte: of a config that is endless only the beginning.
    while [ $lines -lt 500 ] && IFS= read -r line; do
      lines=$((lines + 1))
      case $line in *[Rr][Ee][Ff][Ss][Tt][Oo][Rr][Aa][Gg][Ee]*) format="$format $line" ;; esac
    done <config
  } 2>/dev/null
  case $format in *://*) store=${format#*://} && store=${store%%\"*} ;; *) store= ;; esac
}

tell() {
  trap at_end EXIT
  trap 'trap - EXIT; end_others; exit' TERM
  sleeper=
  watcher=
  [ "$by" = looking ] || hear_inotifywait || cannot_hear "$said"
  if [ "$by" = looking ]; then
    get_ready_to_look
    echo READY looking
    wait_for 1
    tell_by_looking
  else
    # Whoever is told of it compares then, or fetches.
    known='?'
    is_long || { take_state && known=$now; }
    echo READY inotifywait
    tell_as_told
  fi
}

# The other shell ends when its input does. It is given the time for that, as what was said is still on its way.
at_end() {
  end_others
  wait_for 5
  kill $$
}

end_others() {
  # shellcheck disable=SC2086 # Each is a number or nothing.
  [ -z "$watcher$sleeper" ] || kill $watcher $sleeper 2>/dev/null
}

# Not in the foreground, where no signal would be heeded.
wait_for() {
  sleep "$1" >/dev/null &
  sleeper=$!
  wait $!
  sleeper=
}

# Every few seconds, and before anything is told.
look_after() {
  kill -0 $$ 2>/dev/null || exit
  is_in_place || fail error "the repository is not where it was"
  keeps_format || fail error "the repository keeps its refs in another format now"
}
