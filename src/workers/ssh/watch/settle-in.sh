#!/bin/sh
# Owns: the part of the watcher for servers that makes it the same whatever the account's start-up files have set.
# Leaves: what git-upload-pack heeds as well (GIT_CONFIG_*, GIT_NAMESPACE, GIT_OBJECT_DIRECTORY): that is as for a fetch.

# $1: more folders where programs may be, each behind a colon; the account's own come first.
settle_in() {
  # Bash takes these from its environment, as SHELLOPTS has them.
  set +a +e +f +u +v +x +C
  # TMOUT ends any `read` of bash and ksh, GLOBIGNORE hides files from bash, IFS was heeded by old shells,
  # GAWK_READ_TIMEOUT ends awk's.
  unset IFS TMOUT CDPATH GLOBIGNORE GAWK_READ_TIMEOUT
  unset GIT_DIR GIT_WORK_TREE GIT_COMMON_DIR GIT_INDEX_FILE GIT_CEILING_DIRECTORIES
  # As it would by itself, where it is called sh.
  [ -z "$ZSH_VERSION" ] || emulate sh
  # What is set here under a name that is in the environment goes to every program, which has no room for all refs.
  unset at found kept format store known since now seen last line said text folder left here by why on headed named
  unset names gone name value new again symbolic file entry target object told many whole more heard part by_name
  unset uptime rest began owed
  # Bash takes functions from its environment as well.
  unset -f git awk find sleep stat ps inotifywait sh cd command echo false kill printf pwd read wait
  export LC_ALL=C
  here=$HOME
  # A home that is a link stays one: it may lead elsewhere later.
  # shellcheck disable=SC3013 # POSIX has -ef since 2024.
  [ "$HOME" -ef . ] 2>/dev/null || here=$(pwd)
  left=$PATH$1:
  # shellcheck disable=SC2123 # It is the search path, made anew.
  PATH=
  while [ -n "$left" ]; do
    folder=${left%%:*}
    left=${left#*:}
    # It goes elsewhere from here.
    case $folder in /*) ;; *) folder=$here/$folder ;; esac
    PATH=$PATH:$folder
  done
  export PATH="${PATH#:}"
}
