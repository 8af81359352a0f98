#!/bin/sh
# Owns: the part of the watcher for servers that is told by inotifywait that a ref may have moved.
# Leaves: comparing the refs then (server-watch.sh, the text behind this), and looking instead (looking.sh).

# Not over links, which it does not follow, and not where others write without this kernel's knowing. $1: what else
# could tell: git-annex-shell, which watches what git calls loose refs.
may_use_inotify() {
  [ "$by" != looking ] || return 1
  why=nothing-tells
  on=$(stat -f -c %T . 2>/dev/null)
  case $on in
    nfs* | smb* | cifs* | fuse* | v9fs | afs | ceph | lustre | gfs* | gpfs | ocfs*)
      said="the repository is on $on there, where changes go unheard"
      return 1
      ;;
  esac
  said='inotifywait is not installed there'
  if ! command -v inotifywait >/dev/null 2>&1; then
    # shellcheck disable=SC2154 # read_format sets it.
    case $format in
      *reftable* | *://*) said="$said, and git-annex-shell hears nothing of such refs" && return 1 ;;
    esac
    [ -n "$1" ] && ! command -v "$1" >/dev/null 2>&1 && said="$said, and neither is $1" || why=cannot-be-told
    return 1
  fi
  why=cannot-be-told
  said="the repository is on a file system of a kind that is not known there: $on"
  case $on in UNKNOWN*) return 1 ;; esac
  said='there is no /proc there'
  [ -r "/proc/$$/stat" ] || return 1
  said='inotifywait does not follow the links in the repository there'
  [ ! -L packed-refs ] && [ ! -L reftable ] && [ -z "$(linked_folders)" ] || return 1
  said='the folder for its refs that the config names is not there'
  [ -z "$store" ] || [ -d "$store" ]
}

linked_folders() {
  find refs -type l -print 2>/dev/null | while IFS= read -r name; do
    [ ! -d "$name" ] || echo "$name"
  done
}

look_or_fail() {
  [ "$by" != inotifywait ] || fail "$why" "$said"
  by=looking
}

# It would take a watch for each folder, however deep, of the objects and whatever else is kept in a git directory.
what_to_watch() {
  for name in * .*; do
    case $name in . | .. | refs | reftable) continue ;; esac
    [ ! -d "$name" ] || printf '@./%s\n' "$name"
  done
  printf '%s\n' . ${store:+"$store"}
}

# Of the git directory only refs, reftable, HEAD and packed-refs: nothing that git writes before the file that counts
# is in its place: the comparison would be too early, and the pause after it in the way.
run_inotifywait() {
  # shellcheck disable=SC2016 # That shell becomes inotifywait.
  exec /bin/sh -c 'echo "watcher $$" && exec inotifywait "$@" 2>&1' sh \
    -m -r -e create -e moved_to -e delete -e move_self --format %e \
    --exclude '^[.]/([^Hpr]|p[^a]|packed-refs[.]|r[^e]|re[^f]|reftable/0)|[.]lock$' --fromfile -
}

# Until it is ready; false: it has ended, for the reason in `said`.
hear_inotifywait() {
  said=
  while read -r line; do
    case $line in
      *established*) return ;;
      'watcher '*) watcher=${line#watcher } ;;
      'Setting up'*) ;;
      *) is_shortage "$said" || said=$line ;;
    esac
  done
  watcher=
  false
}

# Out of watches, or of instances, it tells as little to git-annex-shell.
is_shortage() {
  case $1 in *'No space'* | *reached* | *'Too many'*) ;; *) false ;; esac
}

# $1: what it said.
cannot_hear() {
  why=cannot-be-told
  ! is_shortage "$1" || why=nothing-tells
  said="inotifywait: ${1:-it has ended}"
  look_or_fail
}

# $1: what it said.
go_deaf() {
  cannot_hear "$1"
  end_others
  watcher=
  tell_by_looking
}

tell_as_told() {
  # Where `read` knows no limit, the end of a program interrupts it (dash).
  limit='-t 5'
  # shellcheck disable=SC3045 # That is what is tried.
  printf 'x\n' | read -r -t 5 line 2>/dev/null || limit=
  [ -n "$limit" ] || trap : CHLD
  exec 5<&0
  pause() { pause_with_mark; }
  # Not where a pipe is a socket (ksh).
  (: >/proc/self/fd/5) 2>/dev/null || pause() { pause_and_drain; }
  while :; do
    if next; then
      take_all
    else
      look_after
    fi
  done
}

# Reads a line; false: a few seconds have passed, or something has interrupted it.
next() {
  if [ -z "$limit" ] && ! is_running "$sleeper"; then
    sleep 5 >/dev/null &
    sleeper=$!
  fi
  # shellcheck disable=SC2086,SC2229 # An option and its value, or nothing.
  read -r $limit line && return
  is_running "$watcher" && return 1
  [ "$by" != inotifywait ] || fail error 'inotifywait has ended'
  go_deaf
}

# It has ended also when nobody has waited for it yet.
is_running() {
  { read -r stat <"/proc/${1:-none}/stat"; } 2>/dev/null || return
  case $stat in *') '[ZX]*) false ;; esac
}

# Compares at once, and once more after a pause if more has come in it, until nothing has.
take_all() {
  more=yes
  while [ -n "$more" ]; do
    more=
    heed
    compare
    pause
  done
}

# The pause ends with a line behind all that has come in it.
pause_with_mark() {
  { pass_time && echo .; } >/proc/self/fd/5 &
  marking=$!
  while :; do
    if next; then
      [ "$line" != . ] || break
      more=yes
      heed
    else
      is_running "$marking" || break
    fi
  done
}

pause_and_drain() {
  pass_time
  # shellcheck disable=SC3045 # Elsewhere nothing is drained, and more compared.
  while read -r -t 0.01 line 2>/dev/null; do
    more=yes
    heed
  done
}

# A sleep that knows whole seconds only goes with a system that is looked at once a second.
pass_time() { sleep 0.05 2>/dev/null || sleep 1; }

# Once it was ready, inotifywait goes on where a new folder cannot be watched, and says so.
heed() {
  case $line in
    # In a new folder things happen before it is watched.
    *ISDIR*) more=yes ;;
    # A folder that was gone at once; the end of a pause.
    *'No such file'* | .) ;;
    # Whatever is not made of the letters of an event is no event.
    *[!A-Z_,]*) go_deaf "$line" ;;
  esac
}
