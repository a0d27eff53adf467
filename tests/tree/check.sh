#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh ROOT: the shape of the tree. Includes point downwards (folders.txt) and stand in angle brackets, folders and files
# keep their size, every source file names its licence.
set -uo pipefail
root=$1
cd "$root" || exit 1
failed=0
wrong() { echo "$*"; failed=1; }

declare -A level
current=0
while read -r folder; do
  case $folder in
    '' | '#'*) ;;
    ---) current=$((current + 1)) ;;
    *) level[$folder]=$current ;;
  esac
done <tests/tree/folders.txt

declare -A files_in
includes=0
while IFS=: read -r file included; do
  folder=$(dirname "$file") other=$(dirname "$included")
  [ -n "${level[$folder]+known}" ] || { wrong "$folder: this folder is not in tests/tree/folders.txt"; continue; }
  [ -n "${level[$other]+known}" ] || { wrong "$file includes $included, whose folder is not in tests/tree/folders.txt"; continue; }
  includes=$((includes + 1))
  [ "$folder" = "$other" ] || [ "${level[$other]}" -lt "${level[$folder]}" ] ||
    wrong "include/ease/$file includes ease/$included, which is not below it (tests/tree/folders.txt)"
done < <(cd include/ease && grep -rHoE '#include [<"]ease/[^>"]+' . | sed -E 's#^\./##; s@:#include [<"]ease/@:@')
[ "$includes" -gt 500 ] || wrong "only $includes includes were found: the check does not read what it should"

while read -r line; do
  wrong "$line: include it with angle brackets"
done < <(grep -rnE '#include "ease/' include apps tests examples benchmarks --include='*.[chi]pp')

# In ease::ops a namespace detail would hide ease::detail from what is included behind it.
for file in $(grep -rlE '^namespace ease::inline v1::' include); do
  ! grep -q '^namespace detail' "$file" || wrong "$file: this namespace hides ease::detail; call it otherwise"
done

# CTest finds a test by its name, in a list of CMake's and a pattern of Catch2's, where these signs mean something.
while read -r line; do
  wrong "$line: a test's name holds none of ; [ ] \\"
done < <(grep -rnoE 'TEST_CASE[A-Z_]*\(("[^"]*[];[\][^"]*")' tests --include='*.cpp')

for folder in $(find include apps plugins tests examples benchmarks docs cmake script -type d -not -name __pycache__); do
  count=$(find "$folder" -maxdepth 1 -type f | wc -l)
  [ "$count" -le 15 ] || wrong "$folder has $count files; at most 15"
done

sources=0
while read -r file; do
  sources=$((sources + 1))
  lines=$(wc -l <"$file")
  case $file in
    include/*) [ "$lines" -le 300 ] || wrong "$file has $lines lines; at most 300" ;;
    apps/*) [ "$lines" -le 250 ] || wrong "$file has $lines lines; at most 250" ;;
  esac
  head -3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || wrong "$file: SPDX-License-Identifier: Apache-2.0 is missing"
done < <(find include apps plugins tests benchmarks examples cmake script CMakeLists.txt -type f \
  \( -name '*.hpp' -o -name '*.ipp' -o -name '*.cpp' -o -name '*.sh' -o -name '*.py' -o -name '*.cmake' -o -name CMakeLists.txt \
  -o -path 'script/*' ! -name '*.t*ml' ! -name '*.txt' ! -name '*.pyc' \))
in_apps=$(find apps -type f -exec cat {} + | wc -l)
commands=$(grep -o 'command([a-z_]*)' apps/ease/commands.hpp | wc -l)
most=$((3500 + 150 * (commands - 19)))
[ "$in_apps" -le $most ] || wrong "apps has $in_apps lines; at most $most: what other programs could use belongs in include/ease"
[ "$sources" -gt 300 ] || wrong "only $sources source files were found"

[ $failed = 0 ] && echo "$includes includes, $sources source files"
exit $failed
