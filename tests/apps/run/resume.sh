#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run that is started again does what is left and nothing else: stages that never finished, changed settings, failed rows.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
export OMP_NUM_THREADS=2
small_run
run_logged
[ "$(rows ran)" -ge 15 ] || fail "stages of the first run: $(cat ran)"
cp out/model/model.safetensors kept
run_logged
[ ! -s ran ] || fail "stages ran again: $(cat ran)"
cmp kept out/model/model.safetensors
# A stage that never finished runs again, and what depends on its changed outcome; the rest does not.
rm out/.run/calibrate/finetune.done
run_logged
[ "$(cat ran)" = calibrate/finetune ] || fail "not the unfinished stage alone ran: $(cat ran)"
cmp kept out/model/model.safetensors
sed -i 's/^\[finetune\]$/&\nepochs = 1/' settings.toml
run_logged
did calibrate/finetune after
did_not implant/distill calibrate/mix before
! cmp -s kept out/model/model.safetensors || fail "the same model after fewer epochs"

# A row that fails is retried by the same command, and the status says so until none does.
printf '{"prompt":"%s","class":"benign"}\n' "$(head -c 9000 /dev/zero | tr '\0' x)" >>held_out.jsonl
for again in 0 1; do
  rm -f log.jsonl
  lines=3 fails 3 2 out/before.failed.jsonl out/after.failed.jsonl -- ease run settings.toml --out out -q --log log.jsonl
  for f in before after; do
    [ "$(rows out/$f.jsonl)" = 6 ] && [ "$(rows out/$f.failed.jsonl)" = 1 ] || fail "$f: $(ls out)"
    is log.jsonl /failed 1 /event step /step $f
  done
  value log.jsonl /step /event step >ran
  [ $again = 0 ] || did_not calibrate/finetune implant/distill
done
sed -i '$d' held_out.jsonl
run_logged
is out/report.json '/stages/*/failed' 0
echo "ok"
