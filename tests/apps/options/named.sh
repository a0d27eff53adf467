#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An option that a message names is there: each one in the texts of the sources is in the help of a command, and each in those of
# a command's own file in the help of that command. What the program says is checked by `fails` in every test.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
root=$(realpath "$apps/../..")
mapfile -t commands < <("$program" --help | sed -n '/^Subcommands:/,$s/^  \([a-z_-]*\) .*/\1/p')
declare -A help
all=$("$program" --help)
for command in "${commands[@]}"; do
  help[$command]=$("$program" "$command" --help)
  all+=${help[$command]}
done
# options_in FILE: those within its string literals, but of other programs ("llama-gguf-split --merge").
options_in() {
  { grep -vE '^[[:space:]]*//' "$1" | grep -oE '"([^"\\]|\\.)*"' || true; } |
    sed -E 's/(llama[a-z0-9_.-]*|gguf-[a-z-]*|srun|torchrun|mpirun|zstd -d|[a-z_]+\.py) --[a-z-]+//g' |
    { grep -oE '(^|[^[:alnum:]_-])--[a-z][[:alnum:]_.-]*' || true; } | sed 's/^[^-]*//; s/[.-]*$//' | sort -u
}
checked=0
while read -r file; do
  known=
  while read -r name; do  # the commands of the file
    known+=${help[$name]:-${help[${name//_/-}]:-}}
  done < <(sed -nE 's/^void add_([a-z_]+)\(CLI::App& .*/\1/p' "$file")
  [[ $file != */launch.cpp ]] || known=  # what it was told becomes options of the command it launches
  known=${known:-$all}
  for option in $(options_in "$file"); do
    ! names "$option" "$("$program" --help)" || continue
    [[ " --arm --shape --labeller --help --log --log-level " != *" $option "* ]] || continue # former names, and of every command
    names "$option" "$known" || fail "$file names $option, which its commands lack"
    checked=$((checked + 1))
  done
done < <(find "$root/include/ease" "$root/apps/ease" -name '*.hpp' -o -name '*.ipp' -o -name '*.cpp')
[ "$checked" -gt 60 ] || fail "only $checked options were looked up"
echo "ok"
