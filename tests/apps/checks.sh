# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests of the programs, which source it.
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# await PID COMMAND...: until the command succeeds. It fails when process PID ends before; the time that it allows is for a hung
# program, not a measure of how fast one is.
await() {
  local i pid=$1
  shift
  for ((i = 0; i < 6000; i++)); do
    "$@" && return
    kill -0 "$pid" 2>/dev/null || { "$@" && return; fail "process $pid ended before this came true: $*"; }
    sleep 0.02
  done
  fail "it never came true: $*"
}
rows() { wc -l <"$1"; }
holds() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt "$2" ]; } # FILE BYTES: it has more than so many
# names NAME TEXT: NAME stands in the text, and is not a part of a longer name, path or number.
names() { [[ $2 =~ (^|[^[:alnum:]_./-])"$1"($|[^[:alnum:]_./-]|[.]($|[^[:alnum:]])) ]]; }
# fails STATUS NAME... -- COMMAND...: the command ends with STATUS and writes one line to stderr (err.txt; stdout: out.txt), which
# names what it is about (with lines=N: N lines): an option, a key, a file and its line, a value, a bound, another option that helps. Sentences may
# change, so a NAME is one word. Of two causes with the same names a test tells the words that only one of them has.
fails() {
  local status=$1 got=0 expected=() name said
  shift
  while [ "$1" != -- ]; do expected+=("$1"); shift; done
  shift
  asked=()
  "$@" >out.txt 2>err.txt || got=$?
  said=$(<err.txt)
  [ "$got" = "$status" ] || fail "status $got instead of $status: $* (it said: $said)"
  [ "$(rows err.txt)" = "${lines:-1}" ] || fail "not ${lines:-1} line: $* (it said: $said)"
  for name in "${expected[@]}"; do
    [[ $name != *\ * ]] || fail "a sentence is expected, not a name: $name"
    names "$name" "$said" || fail "$name is not named: $* (it said: $said)"
  done
  options_exist "$said"
}
# lacks NAME...: what `fails` found names none of them.
lacks() { local name; for name in "$@"; do ! names "$name" "$(<err.txt)" || fail "$name is named: $(<err.txt)"; done; }
# The options in what `ease` said are options of the command it was given, or stood on that command line. (With others=COMMAND:
# or are options of that command.)
declare -A help_of
options_exist() {
  local command known=" ${asked[*]}" option
  [ -n "${asked[*]}" ] || return 0
  for command in "${asked[0]}" ${others:-}; do
    [ -n "${help_of[$command]:-}" ] || help_of[$command]=$("$program" "$command" --help 2>/dev/null || "$program" --help)
    known+=" ${help_of[$command]}"
  done
  while read -r option; do
    names "$option" "$known" || fail "there is no option $option: ${asked[*]} (it said: $1)"
  done < <(grep -oE '(^|[^[:alnum:]_-])--[a-z][[:alnum:]_.-]*' <<<"$1" | sed 's/^[^-]*//; s/[.-]*$//')
}
# ease ARGUMENT...: the program. One that is to run in the background is started as "$program", whose process is then $!.
ease() { asked=("$@"); "$program" "$@"; }
# unused OPTION NAME... -- ARGUMENT...: OPTION has no effect: status 2, and one line that names it and what makes it idle.
unused() {
  local expected=()
  while [ "$1" != -- ]; do expected+=("$1"); shift; done
  fails 2 "${expected[@]}" -- ease "${@:2}"
}
