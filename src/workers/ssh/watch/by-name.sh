#!/bin/sh
# Owns: the part of the watcher for servers that tells of single refs, whatever else there is: by the names of their files.
# Leaves: gathering the names (told.sh), and telling of all at once (whole.sh).

# shellcheck disable=SC2034,SC2154 # The texts around this one set and use the same names.

# Not where refs are in tables, or are shown by other names than their files have.
may_go_by_name() { [ -z "$format$GIT_NAMESPACE" ]; }

# Sets `symbolic` to the refs that move with another, of which no event tells; false: some may be missing.
find_symbolic() {
  # shellcheck disable=SC2016 # It is for awk. Whatever has gone by then has an event of its own.
  symbolic=$(find refs '(' -type f -exec awk 'BEGIN {
    for (each = 1; each < ARGC; each++) {
      line = ""
      if ((getline line <ARGV[each]) > 0 && line ~ /^ref:/) print ARGV[each]
      close(ARGV[each])
    }
  }' '{}' + ')' -o -type l -print 2>/dev/null) || return
  symbolic=${symbolic:+$symbolic$nl}
  [ ${#symbolic} -le 4096 ] || give_up_names
}

# Whether a ref can be called so (git-check-ref-format(1)).
is_name() {
  case $1 in
    *[[:cntrl:]]* | *[" ~^:?*[\\"]* | *..* | */.* | *.lock | *.lock/* | *[./] | *@'{'* | *//*) false ;;
  esac
}

# Adds to `names`, a line each; instead of too many all are compared. $1: a file below refs that was put there.
add_name() {
  [ -z "$many" ] && is_name "$1" || return 0
  case $nl$names in *"$nl$1$nl"*) return ;; esac
  names=$names$1$nl
  [ ${#names} -le 4096 ] || be_many
}

# Adds to `gone`, which are told only if they are not what was told. $1: a file that was taken away, perhaps because the
# ref has been packed.
add_gone() {
  [ -z "$many" ] && is_name "$1" || return 0
  case $nl$gone in *"$nl$1$nl"*) return ;; esac
  gone=$gone$1$nl
  [ ${#gone} -le 4096 ] || be_many
}

be_many() {
  many=yes
  whole=yes
  names=
  gone=
  symbolic='?'
}

# $1: a file, or a folder that is new: what is in there may have come before the watch.
# $2: add_name or add_gone.
look_into() {
  case $1 in *..*) return ;; esac
  if [ -L "$1" ] || [ -f "$1" ]; then
    "$2" "$1"
  elif [ -d "$1" ] && [ -z "$many" ]; then
    for entry in "$1"/*; do
      look_into "$entry" "$2"
    done
  fi
}

# Tells what each of these is now, and asks git only of what is not simply the name of an object in a file. What was put
# there is told again though it may have been told: whoever looked in between has seen another.
tell_names() {
  told=
  set --
  add_led_there
  left=$names
  while [ -n "$left" ]; do
    name=${left%%"$nl"*}
    left=${left#*"$nl"}
    read_name
    if is_object "$value"; then
      note "$name" "$value"
    else
      set -- "$@" "$name"
    fi
  done
  left=$gone
  while [ -n "$left" ]; do
    name=${left%%"$nl"*}
    left=${left#*"$nl"}
    read_name
    if ! is_object "$value"; then
      set -- "$@" "$name"
    elif ! is_last "$name" "$value"; then
      note "$name" "$value"
    fi
  done
  [ $# -eq 0 ] || ask_of "$@"
  names=
  gone=
  # By one write, which is one packet on its way.
  [ -z "$told" ] || printf '%sDONE\n' "$told"
}

# Sets value to what is in the file of the ref `name`. It was renamed into its place, and so is whole.
read_name() {
  value=
  [ ! -f "$name" ] || { IFS= read -r value <"$name"; } 2>/dev/null
  if [ -L "$name" ]; then
    value=
    add_symbolic
  else
    case $value in ref:*) add_symbolic ;; esac
  fi
}

add_symbolic() {
  # In a folder elsewhere nothing is heard.
  [ ! -d "$name" ] || give_up_names
  case $nl$symbolic in *"$nl$name$nl"*) ;; *) symbolic=$symbolic$name$nl ;; esac
}

# From here on all are compared each time.
give_up_names() {
  by_name=
  whole=yes
  more=yes
}

# Adds those that lead to one of `names`, or that lead there by another.
add_led_there() {
  [ -n "$names$gone" ] || return
  left=$symbolic
  symbolic=
  while [ -n "$left" ]; do
    name=${left%%"$nl"*}
    left=${left#*"$nl"}
    if [ -L "$name" ]; then
      add_name "$name"
    else
      [ -f "$name" ] || continue
      target=
      { read -r value target <"$name"; } 2>/dev/null
      case $nl$names in *"$nl${target:-$name}$nl"*) add_name "$name" ;; esac
      case $nl$gone$symbolic$left in *"$nl$target$nl"*) add_gone "$name" ;; esac
    fi
    symbolic=$symbolic$name$nl
  done
  [ -z "$many" ] || symbolic='?'
}

is_object() {
  case $1 in
    *[!0-9a-f]*) false ;;
    *[!0]*) [ ${#1} -eq 40 ] || [ ${#1} -eq 64 ] ;;
    *) false ;;
  esac
}

# $@: refs. A name also stands for what is below it.
ask_of() {
  found=$(ask for-each-ref --format='%(objectname) %(refname)' "$@" 2>/dev/null) || fail error "$(complaint refs)"
  found=$found$nl
  for name in "$@"; do
    find_object "$found" "$name"
    value=${object:-gone}
    # Packing moves nothing.
    case $nl$names in
      *"$nl$name$nl"*) note "$name" "$value" ;;
      *) is_last "$name" "$value" || note "$name" "$value" ;;
    esac
  done
}

# $1: a ref. $2: its object, or gone.
note() {
  since=$since$2\ $1$nl
  forget_some
  named=yes
  case $2 in
    gone) told="${told}GONE $1$nl" ;;
    *) told="${told}MOVED $2 $1$nl" ;;
  esac
}

# Whether that was told or listed last. $1: a ref. $2: its object, or gone.
is_last() {
  find_object "$since" "$1"
  case $object in
    "$2") return ;;
    ?*) return 1 ;;
  esac
  [ "$2" != gone ] && is_listing "$known" && case $nl$known in *"$nl$2 $1 "*) ;; *) false ;; esac
}

# Sets `object` to the one before the name in the last such line, or to nothing. Line by line, as each shell is slow to
# cut a long text at what is far from its ends. $1: lines of `since`, or of git. $2: a ref.
find_object() {
  object=
  case $1 in *" $2$nl"*) ;; *) return ;; esac
  IFS=$nl
  for entry in $1; do
    case $entry in *" $2") object=${entry%% *} ;; esac
  done
  unset IFS
}

# What is not known to have been told is told again, which is better than to say it had been listed.
forget_some() {
  while [ ${#since} -gt 8192 ]; do
    ! is_listing "$known" || { whole=yes && more=yes && return; }
    since=${since#*"$nl"}
  done
}
