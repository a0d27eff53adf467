#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The stages one by one, from prompts to a trained model, with the published scripts' option names here and there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
small_run
ease sample diagnosis.jsonl --out drawn.jsonl --harmful 3 --benign 2 --json -q >report.json
is report.json /written 5
is report.json /adds_up true
[ "$(count drawn.jsonl /kept/0)" = 5 ] || fail "a key that no stage reads is lost"
[ "$(count drawn.jsonl /prompt /data_type adversarial_harmful)" = 3 ] || fail "drawn: $(cat drawn.jsonl)"
ease diagnose drawn.jsonl --model_name "$model" --output_file answered.jsonl --max_tokens 5 --precision float32 -q
[ "$(count answered.jsonl /response)" = 5 ] || fail "answered: $(cat answered.jsonl)"
ease guard-filter answered.jsonl --unsafe bad.jsonl --safe good.jsonl --json -q >report.json
is report.json /adds_up true
is report.json /read 5
grep adversarial_harmful bad.jsonl | sed 's/"response_tokens":[0-9]*,*//' >vulnerable.jsonl
ease cot vulnerable.jsonl --teacher policy --out reasoned.jsonl -q
value reasoned.jsonl /completion >completions.txt
[ -s completions.txt ] && ! grep -qv '^<think>' completions.txt || fail "not each row is reasoned: $(cat completions.txt)"
ease mix --component reason=reasoned.jsonl --component direct=general.jsonl:2 --held-out held_out.jsonl --out mixed.jsonl >table.txt
grep -qw direct table.txt && grep -qw reason table.txt || fail "the components: $(cat table.txt)"
[ "$(rows mixed.jsonl)" = $(($(rows reasoned.jsonl) + 2)) ] || fail "mixed: $(cat mixed.jsonl)"
ease distill mixed.jsonl --model "$model" --out trained --precision float32 --per_device_train_batch_size 2 -q
ease evaluate held_out.jsonl --model trained --precision float32 --max-tokens 4 -q >table.txt
for class in jailbreak benign; do grep -qw $class table.txt || fail "no table: $(cat table.txt)"; done
fails 1 trained --overwrite -- ease finetune mixed.jsonl --model "$model" --out trained -q

ease threshold trained --think diagnosis.jsonl --direct held_out.jsonl --leave-out mixed.jsonl --out set --json -q >set.json
value set.json /details/shift >/dev/null || fail "threshold: $(cat set.json)"
[ "$(count set.json '/details/groups/*/think_rate_after')" = 2 ] || fail "threshold: $(cat set.json)"
fails 1 threshold -- ease threshold trained --think mixed.jsonl --direct held_out.jsonl --leave-out mixed.jsonl --out other -q
fails 1 "$(basename "$model")" '<think>' -- ease threshold "$model" --think diagnosis.jsonl --direct general.jsonl --out other -q
[ ! -e other ] || fail "an output appeared although the command failed"

printf '{"prompt":"a b","completion":" c"}\n' >pairs.jsonl
ease score pairs.jsonl --model "$model" --out scored.jsonl -q >/dev/null
[[ $(value scored.jsonl /logprob) == -* ]] || fail "score: $(cat scored.jsonl)"
ids=$(ease tokenize --model "$model" "to and fro <|im_end|>")
[ "$(ease tokenize --model "$model" --decode "$ids")" = "to and fro <|im_end|>" ] || fail "tokenize: $ids"
echo "ok"
