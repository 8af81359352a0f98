#!/bin/sh
# Owns: the part of the watcher for servers that finds the repository, as git-upload-pack would, and finds it again.
# Leaves: `fail`, `ask` and `complaint`, which it calls, `here` (settle-in.sh), and the rest (server-watch.sh).

# Goes to the git directory of the repository at $1, that of all its work trees, or fails.
enter_repository() {
  at=$1
  # shellcheck disable=SC2088 # As it is in a URL: nothing has expanded it.
  case $at in
    '~' | '~/'*) at=$HOME${at#'~'} ;;
    '~'*)
      user=${at#'~'}
      user=${user%%/*}
      # shellcheck disable=SC2154 # eval sets home.
      case $user in
        -* | *[!A-Za-z0-9._@-]*) ;;
        *) eval "home=~$user" && at=$home${at#"~$user"} ;;
      esac
      ;;
  esac
  # shellcheck disable=SC2154 # settle_in sets here.
  case $at in /*) ;; *) at=$here/$at ;; esac
  while case $at in ?*/) ;; *) false ;; esac do at=${at%/}; done
  find_git_directory || fail no-repository "there is no git repository at $1"
  # By its exit status alone: whatever else it says may come from anywhere. Of protocol v2 it lists no refs.
  (GIT_PROTOCOL=version=2 && export GIT_PROTOCOL && serve) >/dev/null 2>&1 || fail refused "$(complaint serve)"
  cd -P "$found" 2>/dev/null || fail refused "$found cannot be entered"
  # shellcheck disable=SC3013 # POSIX has -ef since 2024. Where it is not known, nothing is asked of it.
  [ . -ef . ] 2>/dev/null || at=
}

# As it is for a fetch: what belongs to somebody else is refused, and nothing else.
serve() { exec git upload-pack --advertise-refs -- "$at" </dev/null; }

# Sets found to where $at leads now. The rules are those of enter_repo() in git's path.c, by the shell alone.
find_git_directory() {
  for end in /.git '' .git/.git .git; do
    found=$at$end
    if [ -f "$found" ]; then
      line=
      IFS= read -r line <"$found"
      case $line in
        'gitdir: /'*) found=${line#gitdir: } ;;
        'gitdir: '*) found=${found%/*}/${line#gitdir: } ;;
        *) continue ;;
      esac
    fi
    [ -f "$found/HEAD" ] || [ -L "$found/HEAD" ] || continue
    if [ -f "$found/commondir" ]; then
      line=
      IFS= read -r line <"$found/commondir"
      case $line in /*) found=$line ;; *) found=$found/$line ;; esac
    fi
    [ -d "$found/refs" ] && return
  done
  return 1
}

# Names may lead elsewhere by and by: links are switched, folders renamed, another is put in place. No program is run.
# shellcheck disable=SC3013 # Tried before.
is_in_place() { [ -z "$at" ] || { find_git_directory && [ "$found" -ef . ]; } 2>/dev/null; }
