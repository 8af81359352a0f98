// Owns: the part of the watcher for servers that finds the repository: POSIX sh, as text.
// Leaves: `fail` and `ask`, which it calls, and the rest (server-watch-script.ts).

/** `enter_repository PATH` goes to the git directory that git-upload-pack would serve, or fails. */
export const ENTER_REPOSITORY = `\
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

`;
