#!/bin/sh
# Owns: looking from aside whether a place answers, and whether what git opens there first are plain files.
# Leaves: who waits for that, and for how long (look-aside.ts).

# The place, then names below a git directory. Says the first that git would wait for, or harm; silent: there is none.
place=$1
shift
for directory in "$place/.git" "$place" "$place.git/.git" "$place.git"; do
  for name in . "$@"; do
    file=$directory/$name
    if [ -e "$file" ] && [ ! -f "$file" ] && [ ! -d "$file" ]; then
      printf '%s\n' "$file"
      exit
    fi
  done
done
