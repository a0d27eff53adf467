#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run on a full disk and in places where it cannot write: one line, status 1, and it goes on when there is room.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
small_run
ease run settings.toml --out out -q >/dev/null
mkdir out2
limited() { (ulimit -f 8; exec "$program" run settings.toml --out out2 -q); }
fails 1 File large -- limited # (the system's words)
[ ! -e out2/model ] && [ ! -e out2/report.json ] || fail "a run that failed left results: $(ls out2)"
ease run settings.toml --out out2 -q >/dev/null
cmp out/calibrate/mix.jsonl out2/calibrate/mix.jsonl
cmp out/model/model.safetensors out2/model/model.safetensors
# A model's folder is not for what a run leaves.
cp -r "$model" base && chmod -R u+w base
for out in base base/run; do fails 2 --out base -- ease run settings.toml --out $out --model base -q; done
[ ! -e base/run ] && [ ! -e base/.run ] || fail "written into the model's folder: $(ls -A base)"
fails 1 /proc/nowhere/.run -- ease run settings.toml --out /proc/nowhere -q

# A folder that must not be written to. Root may write everywhere, unless it gives that up.
mkdir closed && chmod 555 closed
as_other() { if [ "$(id -u)" = 0 ]; then setpriv --bounding-set=-dac_override --inh-caps=-dac_override "$@"; else "$@"; fi; }
if as_other touch closed/probe 2>/dev/null || ! as_other true; then
  echo "not tested here: a read-only folder (this user can write to it, or setpriv is missing)"
else
  fails 1 closed/a.jsonl Permission -- as_other "$program" diagnose diagnosis.jsonl --model "$model" --out closed/a.jsonl -q
  fails 1 closed/out/before.jsonl Permission -- as_other "$program" run settings.toml --out closed/out -q
  fails 1 closed/m.jsonl Permission -- as_other "$program" mix --component a=general.jsonl --out closed/m.jsonl
  [ -z "$(ls closed)" ] || fail "written: $(ls closed)"
fi
echo "ok"
