#!/bin/sh
# Owns: the part of the watcher for servers that finds the repository, as git-upload-pack would.
# Leaves: `fail` and `ask`, which it calls, and the rest (server-watch.sh, which comes behind this text).

# Goes to the git directory of the repository at $1, or fails. The rules are those of enter_repo() in git's path.c.
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
  case $at in /*) ;; *) at=./$at ;; esac
  while case $at in ?*/) ;; *) false ;; esac do at=${at%/}; done
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
      'gitdir: /'*) to=${line#gitdir: } ;;
      'gitdir: '*) to=${to%/*}/${line#gitdir: } ;;
      *) return 1 ;;
    esac
  fi
  { [ -f "$to/HEAD" ] || [ -L "$to/HEAD" ]; } && { [ -d "$to/refs" ] || [ -f "$to/commondir" ]; } || return 1
  # Asked without GIT_DIR, git refuses what belongs to somebody else, as upload-pack does.
  found=$(cd -P "$to" 2>&1 && ask rev-parse --git-dir 2>&1) || fail refused "$found"
  [ "$found" = . ] && cd -P "$to" || return 1
  [ ! -f commondir ] || cd -P "$(ask rev-parse --git-common-dir)" || fail refused "$to has no common directory"
}
