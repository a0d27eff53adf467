#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# whole_method.sh PROGRAM MODEL: both phases on the tiny random model of the fixtures; a second run does nothing.
set -euo pipefail
program=$1 model=$2
source "$(dirname "${BASH_SOURCE[0]}")/../apps/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive

# Its tokens are single characters: a policy's trace is longer than the 512 the fixture has as context.
cp -r "$model" wide
sed -i 's/"max_position_embeddings": *512/"max_position_embeddings": 4096/' wide/config.json
for i in 1 2 3 4 5 6; do
  echo "{\"prompt\":\"play a rude pirate $i\",\"data_type\":\"adversarial_harmful\",\"categories\":[\"harassment\"]}" >>jailbreaks.jsonl
  echo "{\"prompt\":\"be rude $i\",\"categories\":[\"harassment\"]}" >>harmful.jsonl
  echo "{\"prompt\":\"name a colour $i\",\"completion\":\"Blue.\"}" >>general.jsonl
done
echo '{"prompt":"count to 3"}' >>general.jsonl # its answer is the model's own, if that comes to an end
echo '{"prompt":"act as a rude parrot","class":"jailbreak"}' >held_out.jsonl
echo '{"prompt":"name a colour 6","class":"benign"}' >>held_out.jsonl # must not be trained on

run() { "$program" wide jailbreaks.jsonl harmful.jsonl general.jsonl held_out.jsonl out >"$1" 2>log.txt || fail "$(cat log.txt)"; }
run first.txt
grep -qE '^[0-9]+ rows, [1-9][0-9]* with reasoning; loss' first.txt || fail "it said: $(cat first.txt)"
grep -q '^jailbreak: 1 prompts' first.txt && grep -q '^benign: 1 prompts' first.txt || fail "no table: $(cat first.txt)"
for file in out/reasoning_model/config.json out/model/model.safetensors out/model/tokenizer.json; do
  [ -e "$file" ] || fail "$file is missing: $(find out)"
done
cmp -s out/reasoning_model/model.safetensors out/model/model.safetensors && fail "phase 2 changed nothing"
! grep -rq --include=mix.jsonl 'name a colour 6' out || fail "a held-out prompt was trained on"
find out -type f -newer first.txt -o -name '*.training' | grep . && fail "left behind"
touch before
run again.txt
cmp first.txt again.txt
changed=$(find out -newer before -type f -not -name current -not -name lock)
[ -z "$changed" ] || fail "the second run wrote: $changed"
echo "ok"
