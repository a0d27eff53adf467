#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A training that is killed or stopped goes on to the weights and the log of one that was not.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
finetune --epochs 20 --out whole >/dev/null
[ "$(count whole/training_log.jsonl /loss)" = 200 ] || fail "the log has $(rows whole/training_log.jsonl) lines"
[ ! -e whole.training ] || fail "what is needed no more is left: $(ls whole.training)"
# What each step was: behind it stand times and memory.
steps() { for key in step steps loss learning_rate gradient_norm tokens; do value "$1/training_log.jsonl" /$key; done; }
for signal in KILL TERM INT; do
  start $signal
  if [ $signal = KILL ]; then
    kill -s KILL $pid
    ends 137
    go_on
  else
    stop $signal $signal.err
    [ $signal = TERM ] && ends 143 || ends 130
    # The last word: the step, of how many, where the checkpoint is, and the option that goes on from it.
    for name in 11 200 $signal.training --resume; do names "$name" "$(tail -1 $signal.err)" || fail "no $name in: $(cat $signal.err)"; done
  fi
  [ ! -e $signal ] || fail "a model appeared although training was stopped"
  [ $signal = KILL ] && step=10 || step=11
  fails 1 $signal.training $step -- finetune --epochs 20 --out $signal
  finetune --epochs 20 --out $signal --resume >/dev/null
  same_model whole $signal
  diff <(steps whole) <(steps $signal) || fail "the log of the resumed run is another"
done
echo "ok"
