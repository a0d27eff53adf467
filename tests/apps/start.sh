# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests of `ease`, each of which is run as NAME.sh PROGRAM TOOLS and works in a folder of its own. TOOLS is the folder of
# what was built for them: json_value, answering_server, libhold.so. The model is a tiny random one.
program=$(realpath "$1") tools=$(realpath "$2")
apps=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
model=$(realpath "$apps/../fixtures/llm/llama_chat")
source "$apps/server.sh"
export HF_HUB_OFFLINE=1 # a name that is no file is asked of nobody; the tests of tests/apps/hub have a hub of their own
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive

# value FILE POINTER [POINTER VALUE]...: what stands there in each JSON text of FILE, a line each (json_value.cpp).
value() { "$tools/json_value" "$@"; }
# is FILE POINTER WANTED [POINTER VALUE]...: each text, of those that have each VALUE, has WANTED there.
is() {
  local got
  got=$(value "$1" "$2" "${@:4}" | sort -u) || fail "$1 has no $2 in each text ${*:4}: $(head -c 2000 "$1")"
  [ "$got" = "$3" ] || fail "$2 of $1 is $got instead of $3 (${*:4})"
}
# count FILE POINTER [POINTER VALUE]...: how many such texts there are.
count() { value "$@" | wc -l; }
missing() { ! value "$@" >/dev/null || fail "$1 has $2: $(value "$@" | head -1)"; }
# Whether Parquet is a part of this build.
has_parquet() { compgen -G "$(dirname "$program")/../lib*/ease/libease_parquet.so" >/dev/null || compgen -G "$(dirname "$program")/../lib/*/ease/libease_parquet.so" >/dev/null; }
