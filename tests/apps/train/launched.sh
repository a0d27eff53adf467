#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Several ranks, started by --nproc or as torchrun, srun and mpirun do, train what one process does, and end together.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
export OMP_NUM_THREADS=2
prompts general.jsonl vanilla_benign benign 12 "count to" ',"completion":"One, two."'
sed -i 's/,"kept":\[[0-9]*\]//' general.jsonl # a key that nothing reads would be told
train() { ease finetune general.jsonl --model "$model" --precision float32 --learning-rate 1e-3 -q "$@"; }
rank_of() { tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^RANK=//p'; }
child() { # LAUNCHER RANK: its process, once it trains
  local p tries
  for ((tries = 0; tries < 600; tries++)); do
    for p in $(cat "/proc/$1/task/$1/children"); do
      # Both ranks have met when they have Gloo's connections: two sockets each for the store and more for the pair.
      if [ "$(rank_of "$p" 2>/dev/null)" = "$2" ] && [ "$(ls -l "/proc/$p/fd" 2>/dev/null | grep -c socket:)" -ge 4 ]; then
        echo "$p"
        return
      fi
    done
    sleep 0.1
  done
  fail "no rank $2 of $1"
}
# Two processes train what one does, and only rank 0 speaks.
train --out one --json >one.json
train --out two --json --nproc 2 >two.json 2>two.err
[ "$(rows two.json)" = 1 ] && [ ! -s two.err ] || fail "not one line: $(cat two.json two.err)"
for key in first_loss last_loss; do
  for run in one two; do value $run.json /details/$key; done >losses.txt
  awk '{ loss[NR] = $1 } END { d = loss[1] - loss[2]; exit NR != 2 || d * d > 1e-10 * loss[1] * loss[2] }' losses.txt || fail "$key: $(cat losses.txt)"
done
cmp one/config.json two/config.json
# As torchrun, srun and mpirun start them.
export MASTER_ADDR=127.0.0.1 MASTER_PORT=$((20000 + $$ % 10000)) WORLD_SIZE=2
RANK=1 train --out three --json >rank1.txt 2>&1 &
RANK=0 train --out three --json >rank0.txt 2>&1 || fail "rank 0: $(cat rank0.txt)"
wait $! || fail "rank 1: $(cat rank1.txt)"
[ ! -s rank1.txt ] && [ "$(rows rank0.txt)" = 1 ] || fail "they said: $(cat rank1.txt rank0.txt)"
cmp one/config.json three/config.json
RANK=0 EASE_RENDEZVOUS_SECONDS=1 fails 1 "127.0.0.1:$MASTER_PORT" rank 1 2 EASE_RENDEZVOUS_SECONDS -- train --out four
RANK=0 fails 2 --nproc 2 rank 0 -- train --out four --nproc 2
unset MASTER_ADDR MASTER_PORT WORLD_SIZE
# A rank that dies takes the job down, with one line that names it; nobody is left behind.
for gone in 1 0; do
  "$program" finetune general.jsonl --model "$model" --precision float32 -q --out four --epochs 100000 --nproc 2 >out.txt 2>err.txt &
  launcher=$!
  first=$(child $launcher 0) second=$(child $launcher 1)
  [ $gone = 0 ] && kill -9 "$first" || kill -9 "$second"
  status=0
  timeout 60 tail --pid=$launcher -f /dev/null || fail "still running a minute after rank $gone was killed"
  wait $launcher || status=$?
  [ $status = 137 ] || fail "status $status: $(cat err.txt)"
  [ "$(rows err.txt)" = 1 ] || fail "not one line: $(cat err.txt)"
  for name in "rank $gone" 2 9; do names "$name" "$(<err.txt)" || fail "$name is not named: $(cat err.txt)"; done
  [ ! -e "/proc/$first" ] && [ ! -e "/proc/$second" ] || fail "a rank is left behind"
done
"$program" finetune general.jsonl --model "$model" --precision float32 -q --out four --epochs 100000 --nproc 2 >out.txt 2>err.txt &
launcher=$!
first=$(child $launcher 0) second=$(child $launcher 1)
kill -9 $launcher
wait $launcher 2>/dev/null || true
timeout 60 tail --pid="$first" --pid="$second" -f /dev/null || fail "ranks outlive the process that started them"
# A signal to the launcher's whole group, as a scheduler sends it, reaches each rank once: they stop at the next step.
setsid "$program" finetune general.jsonl --model "$model" --precision float32 -q --out five --epochs 100000 --nproc 2 >out.txt 2>err.txt &
launcher=$!
first=$(child $launcher 0) second=$(child $launcher 1)
sleep 1
kill -TERM -- -$launcher
status=0
wait $launcher || status=$?
[ $status = 143 ] || fail "status $status: $(cat err.txt)"
names "stopped after step" "$(<err.txt)" || fail "no word of a checkpoint: $(cat err.txt)"
ls -d five.training/checkpoint-* >/dev/null || fail "no checkpoint: $(ls five.training)"
fails 1 nowhere.jsonl -- ease finetune nowhere.jsonl --model "$model" --out four --nproc 2 -q
[ ! -e four ] || fail "an output appeared although the run failed"
echo "ok"
