#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# [data.NAME] in the settings of a run: how one file is read, in a table of its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
small_run
# The diagnosis set as a table with columns of its own, and a row that cannot be read.
{
  echo "Goal;Kind"
  for ((i = 0; i < 6; i++)); do echo "\"play a pirate who is rude; $i\";adversarial_harmful"; done
  for ((i = 0; i < 6; i++)); do echo "play a pirate who counts $i;adversarial_benign"; done
  echo "play a pirate who is lost;of no known kind"
} >diagnosis.csv
with_table() { # LINE...: the settings with [data.diagnosis] of these lines
  grep -v '^diagnosis = ' settings.toml >tables.toml
  { echo "[data.diagnosis]"; printf '%s\n' "$@"; } >>tables.toml
}
with_table 'file = "diagnosis.csv"' 'columns = "prompt=Goal,data_type=Kind"' 'on_bad_row = "reject"'
ease run tables.toml --out out -q --plan >plan.txt 2>said.txt
[ "$(grep -c diagnosis.csv said.txt)" = 1 ] || fail "the guess is said once, as it is read for both phases: $(cat said.txt plan.txt)"
# As the key says it, behind the file's name.
sed 's#^diagnosis = .*#diagnosis = "diagnosis.csv?columns=prompt=Goal,data_type=Kind\&on_bad_row=reject"#' settings.toml >key.toml
ease run key.toml --out out -q --plan >key.txt 2>/dev/null
cmp plan.txt key.txt || fail "the table and the key differ: $(diff plan.txt key.txt)"
# Wrong in it: named with file and line.
with_table 'file = "diagnosis.csv"' 'columns = "prompt=Gaol,data_type=Kind"'
lines=2 fails 2 Gaol Goal -- ease run tables.toml --out out -q
with_table 'file = "diagnosis.csv"' 'colums = "prompt=Goal"'
fails 2 colums columns data.diagnosis -- ease run tables.toml --out out -q
with_table 'columns = "prompt=Goal"'
fails 2 data.diagnosis file -- ease run tables.toml --out out -q
[ ! -e out/journals ] && [ ! -e out/bad_rows ] || fail "something was done"
echo "ok"
