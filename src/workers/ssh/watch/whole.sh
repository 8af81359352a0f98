#!/bin/sh
# Owns: the part of the watcher for servers that lists all refs, and tells what has changed since they were listed last.
# Leaves: when that is done (told.sh, looking.sh), and what is told without it (by-name.sh).
#
# `known` is what was listed last: all of it; of what is long only its hash, as a shell that held it would be as large
# for as long as it lives; `?` where it was not listed yet. `since` is what has been told by name after that, a line
# each: the object, or `gone`, and the ref.

# shellcheck disable=SC2034,SC2154 # The texts around this one set and use the same names.

nl='
'

# Another namespace hides the others, which only upload-pack does.
refs() {
  if [ -n "$GIT_NAMESPACE" ]; then
    GIT_ALLOW_PROTOCOL='file' && export GIT_ALLOW_PROTOCOL && ask ls-remote --refs .
  else
    ask for-each-ref --format='%(objectname) %(refname) %(HEAD)'
  fi
}

# Says the listing, or its hash where it has more than 256 KB. 1: git did not list them.
state() {
  { (refs) || echo '!'; } 2>/dev/null | awk -v most=262144 '
    $0 == "!" { failed = 1; exit }
    hash != "" { print | hash; next }
    { size += length($0) + 1; line[++lines] = $0 }
    size > most {
      hash = "git --git-dir=. --work-tree=. hash-object --stdin"
      for (each = 1; each <= lines; each++) print line[each] | hash
    }
    END {
      if (hash != "" && close(hash) != 0) exit 3
      if (failed) exit 1
      if (hash == "") for (each = 1; each <= lines; each++) print line[each]
    }' 2>/dev/null
}

# Sets `now` to it, or fails.
take_state() {
  now=$(state)
  case $? in
    0) ;;
    1) fail error "$(complaint refs)" ;;
    *) fail error 'the refs could not be compared' ;;
  esac
}

is_listing() {
  case $1 in
    '') ;;
    '?') false ;;
    *[!0-9a-f]*) ;;
    *) false ;;
  esac
}

# Whether listing them is better left to whoever compares, for now.
is_long() {
  [ -n "$(find packed-refs reftable ${store:+"$store"} -type f -size +512 -print 2>/dev/null)" ]
}

compare() {
  take_state
  # Not known before it is told: awk may be ended, or not be started, as anything else.
  if ! is_listing "$now"; then
    # What was told by name may be as it was before, and nothing say so but this.
    [ "$now$named" = "$known" ] || tell_unnamed
  elif ! is_listing "$known"; then
    tell_unnamed
    since=
  elif [ "$now$since" != "$known" ]; then
    differences || fail error 'the refs could not be compared'
    since=
  fi
  known=$now
  named=
  headed=
}

# Of two hashes it is only certain that they differ by more than what was told by name, if nothing was.
tell_unnamed() {
  if [ "$known" = '?' ] || [ -n "$named" ] || is_listing "$known" || is_listing "$now"; then
    echo UNSURE
  else
    echo DONE
  fi
}

# That HEAD leads to another branch has no line of its own.
differences() {
  [ -n "$since" ] || headed=yes
  printf '%s\n' "$known" . "$since" . "$now" | awk -v all="$headed" '
    NF < 2 { part += $1 == "."; next }
    !part { was[$2] = $1; next }
    part == 1 && $1 == "gone" { delete was[$2]; next }
    part == 1 { was[$2] = $1; next }
    ("x" was[$2]) != ("x" $1) { print "MOVED", $1, $2; all = 1 }
    { delete was[$2] }
    END {
      for (ref in was) { print "GONE", ref; all = 1 }
      if (all != "") print "DONE"
    }'
}
