#!/bin/sh
# Owns: the watcher that an ssh server is handed as text: says which refs of a repository moved, until its stdin ends.
# Leaves: finding the repository (enter-repository.sh, the text before this), its arguments (server-watch-script.ts),
# and what its lines mean (shared/watch-protocol/server-watch.ts).
#
# In one pipe: `work` says that something may have moved, by inotifywait or by looking once a second; `tell` then
# compares all refs. `keep` ends `work` with stdin, and so all of them. No line below spells a message, as a server
# may echo what it is sent. `dd` takes all that has piled up at once: the first event after a quiet time is compared
# without delay, and those of the pause that follows cost one comparison more, however many they are.

# $1: the repository, as in a URL. $2: a folder where git may be, or nothing. $3: inotifywait, looking or any. $4: the
# git-annex-shell that could tell instead of inotifywait, or nothing where it is taken to be there.
watch() {
  unset CDPATH GIT_DIR GIT_WORK_TREE GIT_COMMON_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_CEILING_DIRECTORIES
  export LC_ALL=C PATH="$PATH${2:+:$2}"
  echo HELLO
  for tool in git awk dd find sleep; do
    command -v "$tool" >/dev/null 2>&1 || fail no-tools "$tool is not installed there"
  done
  enter_repository "$1"
  place=$(pwd -P)
  # shellcheck disable=SC3013 # POSIX has -ef since 2024. Where it is not known, nothing is asked of it.
  [ . -ef . ] 2>/dev/null || place=
  read_format
  kept=$format
  by=$3
  may_use_inotify "$4" || look_or_fail
  exec 3<&0
  keep | tell 3<&-
  exit
}

fail() {
  said=${2:-git failed}
  printf 'FAILED %s %s\n' "$1" "${said%%
*}"
  exit 1
}

# Only ever in $(...): the shell in there becomes git.
ask() { exec git -c safe.bareRepository=all "$@" </dev/null; }

refs() { ask for-each-ref --format='%(objectname) %(refname)'; }

# Another one may have been put in its place.
# shellcheck disable=SC3013 # Tried before.
is_in_place() { [ -z "$place" ] || [ "$place" -ef . ]; }

# To whoever has it open, such as an upload-pack that waits, a repository that keeps its refs in another format has none.
keeps_format() {
  read_format
  [ "$format" = "$kept" ]
}

read_format() {
  format=
  [ ! -d reftable ] || format=reftable
  [ -d refs/heads ] || format="$format, no refs/heads"
  lines=0
  {
    # Reading costs a call a byte: of a config that is endless only the beginning.
    while [ $lines -lt 500 ] && IFS= read -r line; do
      lines=$((lines + 1))
      case $line in *[Rr][Ee][Ff][Ss][Tt][Oo][Rr][Aa][Gg][Ee]*) format="$format $line" ;; esac
    done <config
  } 2>/dev/null
}

keep() {
  work 3<&- </dev/null &
  exec >/dev/null
  while read -r line; do :; done <&3
  kill $!
}

work() {
  trap 'kill $! 2>/dev/null; exit' TERM
  if [ "$by" != looking ]; then
    # Of the git directory only refs, reftable and packed-refs: not the objects, and nothing that git writes before
    # the file that counts is in its place: the comparison would be too early, and the pause after it in the way.
    inotifywait -m -r -e create -e moved_to -e delete -e move_self --format %e \
      --exclude '^[.]/([^pr]|p[^a]|packed-refs[.]|r[^e]|re[^f]|reftable/0)|[.]lock$' . 2>&1 &
    echo "watcher $!"
    wait $!
  fi
  echo looking
  choose_look
  last=
  still=0
  while :; do
    now=$(look 2>/dev/null)
    [ "$now" = "$last" ] && is_in_place && keeps_format && still=$((still + 1)) || still=0
    last=$now
    # Twice more, as times may be as coarse as two seconds.
    [ $still -gt 2 ] || echo TOUCHED
    sleep 1 &
    wait $!
  done
}

# Not over links, which it does not follow, and not where others write without this kernel's knowing. $1: what else
# could tell.
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
    [ -n "$1" ] && ! command -v "$1" >/dev/null 2>&1 && said="$said, and neither is $1" || why=cannot-be-told
    return 1
  fi
  why=cannot-be-told
  said="the repository is on a file system of a kind that is not known there: $on"
  case $on in UNKNOWN*) return 1 ;; esac
  said='inotifywait does not follow the links in the repository there'
  [ ! -L refs ] && [ ! -L packed-refs ]
}

look_or_fail() {
  [ "$by" != inotifywait ] || fail "$why" "$said"
  by=looking
}

# A ref is written by renaming its lock: its folder is touched. Says nothing of files, so that it costs little.
choose_look() {
  if find . -prune -printf x >/dev/null 2>&1; then
    look() { places -printf '%p %i %T@ %s\n'; }
  elif stat -c %i . >/dev/null 2>&1; then
    look() { places -exec stat -c '%n %i %y %Y %s' {} +; }
  elif stat -f %Fm . >/dev/null 2>&1; then
    look() { places -exec stat -f '%N %i %Fm %z' {} +; }
  else
    look() { refs; }
  fi
}

places() { find -H refs reftable packed-refs '(' -type d -o -name packed-refs ')' "$@"; }

tell() {
  ready=
  watcher=
  said=
  while read -r line; do
    case $line in
      *established*) ready=inotifywait ;;
      'watcher '*) watcher=${line#watcher } ;;
      looking) inotify_failed "$said" && ready=looking && watcher= && break ;;
      'Setting up'*) ;;
      *) said=${said:-$line} ;;
    esac
    [ -z "$ready" ] || [ -z "$watcher" ] || break
  done
  [ -n "$ready" ] || exit
  known=$(refs 2>/dev/null) || fail error "$(refs 2>&1 >/dev/null)"
  echo "READY $ready"
  while news=$(dd bs=65536 count=1 2>/dev/null) && [ -n "$news" ]; do
    [ -z "$watcher" ] || beware_of_deafness
    compare
    # A sleep that knows whole seconds only goes with a system that is looked at once a second.
    sleep 0.05 2>/dev/null || sleep 1
    # In a new folder things happen before it is watched.
    case $news in *ISDIR*) compare ;; esac
  done
}

compare() {
  is_in_place || fail error "the repository is not where it was"
  keeps_format || fail error "the repository keeps its refs in another format now"
  now=$(refs 2>/dev/null) || fail error "$(refs 2>&1 >/dev/null)"
  [ "$now" = "$known" ] || differences
  known=$now
}

# $1: what inotifywait said. Out of watches, or of instances, it tells as little to git-annex-shell.
inotify_failed() {
  why=cannot-be-told
  case $1 in *'No space'* | *reached* | *'Too many'*) why=nothing-tells ;; esac
  said="inotifywait: ${1:-it has ended}"
  look_or_fail
}

# Once it was ready, inotifywait goes on where a new folder cannot be watched, and says so. Without it, `work` looks
# once a second. Whatever is not made of the letters of an event is no event, wherever the text was cut.
beware_of_deafness() {
  case $news in
    *'No space'* | *reached*) ;;
    # It has ended, and was waited for.
    *looking*)
      [ "$by" != inotifywait ] || fail error 'inotifywait has ended'
      watcher= && return
      ;;
    # A folder that was gone at once.
    *'No such file'*) return ;;
    *[!A-Z_,'
']*) ;;
    *) return ;;
  esac
  inotify_failed "$(printf '%s\n' "$news" | awk '
    /No space|reached/ { said = $0; exit }
    /[^A-Z_,]/ && !said { said = $0 }
    END { print said }')"
  kill "$watcher" 2>/dev/null
  watcher=
}

differences() {
  printf '%s\n' "$known" '' "$now" | awk '
    NF < 2 { after = 1; next }
    !after { was[$2] = $1; next }
    ("x" was[$2]) != ("x" $1) { print "MOVED", $1, $2 }
    { delete was[$2] }
    END { for (ref in was) print "GONE", ref; print "DONE" }'
}
