// Owns: the watcher that an ssh server is handed as text: a POSIX sh script that says which refs of a repository moved.
// Leaves: what it says (shared/protocol/server-watch.ts), and who sends it and listens (server-watch.ts).
import type { SshTarget } from '../../shared/remote.ts';
import { shellQuoted } from '../../shared/shell-word.ts';

/**
 * The script goes to this shell's stdin, which then stays open: a login shell of any kind has four plain words to
 * read, and an account without a shell gets nothing but these.
 */
export const SERVER_WATCH_COMMAND = 'exec sh -s';

/** What to write to stdin. The watcher ends, with all that it started, at the end of stdin. */
export function serverWatchInput(target: SshTarget): string {
  // Where git is found only by `uploadpack`, the rest of git is likely to be beside it.
  const folder = /^(\/[\w./+-]*)\/[\w.+-]+$/.exec(target.uploadPack)?.[1] ?? '';
  return `${SCRIPT}watch ${shellQuoted(target.path)} ${shellQuoted(folder)}\n`;
}

// In one pipe: `work` says that something may have moved, by inotifywait or by looking once a second; `tell` then
// compares all refs. `keep` ends `work` with stdin, and so all of them. No line below spells a message, as a server
// may echo what it is sent. `dd` takes all that has piled up at once: the first event after a quiet time is compared
// without delay, and those of the pause that follows cost one comparison more, however many they are.
const SCRIPT = `\
watch() {
  unset CDPATH GIT_DIR GIT_WORK_TREE GIT_COMMON_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_CEILING_DIRECTORIES
  export LC_ALL=C PATH="$PATH\${2:+:$2}"
  echo HELLO
  for tool in git awk dd find sleep; do
    command -v "$tool" >/dev/null 2>&1 || fail no-tools "$tool is not installed there"
  done
  enter_repository "$1"
  place=$(pwd -P)
  [ . -ef . ] 2>/dev/null || place=
  exec 3<&0
  keep | tell 3<&-
  exit
}

fail() {
  said=\${2:-git failed}
  printf 'FAILED %s %s\\n' "$1" "\${said%%
*}"
  exit 1
}

# As git-upload-pack finds it: enter_repo() in git's path.c.
enter_repository() {
  at=$1
  case $at in
    '~' | '~/'*) at=$HOME\${at#'~'} ;;
    '~'*)
      user=\${at#'~'}
      user=\${user%%/*}
      case $user in
        -* | *[!A-Za-z0-9._@-]*) ;;
        *) eval "home=~$user" && at=$home\${at#"~$user"} ;;
      esac
      ;;
  esac
  case $at in /*) ;; *) at=./$at ;; esac
  while case $at in ?*/) ;; *) false ;; esac do at=\${at%/}; done
  for end in /.git '' .git/.git .git; do
    enter "$at$end" && return
  done
  fail no-repository "there is no git repository at $1"
}

enter() {
  to=$1
  if [ -f "$to" ]; then
    IFS= read -r line <"$to"
    case $line in
      'gitdir: /'*) to=\${line#gitdir: } ;;
      'gitdir: '*) to=\${to%/*}/\${line#gitdir: } ;;
      *) return 1 ;;
    esac
  fi
  { [ -f "$to/HEAD" ] || [ -L "$to/HEAD" ]; } && { [ -d "$to/refs" ] || [ -f "$to/commondir" ]; } || return 1
  # Asked without GIT_DIR, git refuses what belongs to somebody else, as upload-pack does.
  found=$(cd -P "$to" 2>&1 && ask rev-parse --git-dir 2>&1) || fail refused "$found"
  [ "$found" = . ] && cd -P "$to" || return 1
  [ ! -f commondir ] || cd -P "$(ask rev-parse --git-common-dir)" || fail refused "$to has no common directory"
}

# Only ever in $(...): the shell in there becomes git.
ask() { exec git -c safe.bareRepository=all "$@" </dev/null; }

refs() { ask for-each-ref --format='%(objectname) %(refname)'; }

# Another one may have been put in its place.
is_in_place() { [ -z "$place" ] || [ "$place" -ef . ]; }

keep() {
  work 3<&- </dev/null &
  exec >/dev/null
  while read -r line; do :; done <&3
  kill $!
}

work() {
  trap 'kill $! 2>/dev/null; exit' TERM
  if may_use_inotify; then
    # Of the git directory only refs, reftable and packed-refs: not the objects, and nothing that git writes before
    # the file that counts is in its place: the comparison would be too early, and the pause after it in the way.
    inotifywait -m -r -e create -e moved_to -e delete -e move_self --format %e \\
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
    [ "$now" = "$last" ] && is_in_place && still=$((still + 1)) || still=0
    last=$now
    # Twice more, as times may be as coarse as two seconds.
    [ $still -gt 2 ] || echo TOUCHED
    sleep 1 &
    wait $!
  done
}

# Not over links, which it does not follow, and not where others write without this kernel's knowing.
may_use_inotify() {
  command -v inotifywait >/dev/null 2>&1 && [ ! -L refs ] && [ ! -L packed-refs ] || return 1
  case $(stat -f -c %T . 2>/dev/null) in
    nfs* | smb* | cifs* | fuse* | v9fs | afs | ceph | lustre | gfs* | gpfs | ocfs* | UNKNOWN*) return 1 ;;
  esac
}

# A ref is written by renaming its lock: its folder is touched. Says nothing of files, so that it costs little.
choose_look() {
  if find . -prune -printf x >/dev/null 2>&1; then
    look() { places -printf '%p %i %T@ %s\\n'; }
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
  by=
  watcher=
  while read -r line; do
    case $line in
      *established*) by=inotifywait ;;
      'watcher '*) watcher=\${line#watcher } ;;
      looking) by=looking && watcher= && break ;;
    esac
    [ -z "$by" ] || [ -z "$watcher" ] || break
  done
  [ -n "$by" ] || exit
  known=$(refs 2>/dev/null) || fail error "$(refs 2>&1 >/dev/null)"
  echo "READY $by"
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
  now=$(refs 2>/dev/null) || fail error "$(refs 2>&1 >/dev/null)"
  [ "$now" = "$known" ] || differences
  known=$now
}

# Once it was ready, inotifywait goes on where a new folder cannot be watched, and says so. Without it, \`work\` looks
# once a second. Whatever is not made of the letters of an event is no event, wherever the text was cut.
beware_of_deafness() {
  case $news in
    *'No space'* | *reached*) ;;
    # It has ended, and was waited for.
    *looking*) watcher= && return ;;
    # A folder that was gone at once.
    *'No such file'*) return ;;
    *[!A-Z_,'
']*) ;;
    *) return ;;
  esac
  kill "$watcher" 2>/dev/null
  watcher=
}

differences() {
  printf '%s\\n' "$known" '' "$now" | awk '
    NF < 2 { after = 1; next }
    !after { was[$2] = $1; next }
    ("x" was[$2]) != ("x" $1) { print "MOVED", $1, $2 }
    { delete was[$2] }
    END { for (ref in was) print "GONE", ref; print "DONE" }'
}
`;
