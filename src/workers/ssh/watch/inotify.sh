#!/bin/sh
# Owns: the part of the watcher for servers that starts inotifywait, where that can tell that a ref may have moved.
# Leaves: what is made of its lines (told.sh).

# shellcheck disable=SC2034,SC2154 # The texts around this one set and use the same names.

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
    -m -r -e create -e moved_to -e moved_from -e delete -e move_self -e q_overflow --format '%e %w%f' \
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
