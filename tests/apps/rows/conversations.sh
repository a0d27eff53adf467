#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What stands in front of a prompt goes through every command that reads and writes rows; what nothing reads is named.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
answer=(--model "$model" --max-tokens 2 --precision float32 -q)
plan() { ease finetune "$1" --plan --json -q --max-length 512 --model "$model" >"$2"; }
cat >talk.jsonl <<'T'
{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}],"data_type":"adversarial_harmful"}
T
cat >bare.jsonl <<'T'
{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}
T
in_front='[{"role":"system","content":"Be brief."},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]'
same_front() { [ "$(value "$1" /history)" = "$in_front" ] && is "$1" /prompt c || fail "$1 has $(cat "$1")"; }

# Training has it in front, as it stands and through a mix; a row without the earlier turns is shorter.
plan talk.jsonl talk.json
plan bare.jsonl bare.json
[ "$(value talk.json /tokens_per_epoch)" -gt "$(value bare.json /tokens_per_epoch)" ] || fail "the history is not in the training"
ease mix --component one=talk.jsonl --out mixed.jsonl -q >said.txt
same_front mixed.jsonl
is mixed.jsonl /completion d
plan mixed.jsonl mixed.json
for key in kept tokens_per_epoch trained_tokens_per_epoch; do
  [ "$(value talk.json /$key)" = "$(value mixed.json /$key)" ] || fail "the mix changed $key: $(cat mixed.json)"
done

# Commands that ask keep it, and a conversation may end with the user there.
ease sample talk.jsonl --out drawn.jsonl --benign 0 -q >said.txt 2>err.txt || true
same_front drawn.jsonl
ease diagnose drawn.jsonl --out answered.jsonl "${answer[@]}" >said.txt
same_front answered.jsonl
ease guard-filter answered.jsonl --unsafe unsafe.jsonl --safe safe.jsonl -q >said.txt 2>err.txt || true
cat unsafe.jsonl safe.jsonl unsafe.jsonl.unparsed.jsonl >judged.jsonl 2>/dev/null || true  # one of them has the row
same_front judged.jsonl
cat >open.jsonl <<'T'
{"conversations":[{"from":"system","value":"Be brief."},{"from":"human","value":"a"},{"from":"gpt","value":"b"},{"from":"human","value":"c"}],"class":"x"}
T
ease evaluate open.jsonl --answers evaluated.jsonl "${answer[@]}" >said.txt
same_front evaluated.jsonl
ease generate --input open.jsonl --out generated.jsonl "${answer[@]}" >said.txt
same_front generated.jsonl
fails 1 open.jsonl:1 conversations -- ease finetune open.jsonl --plan --model "$model"

# The system message of a row wins over the one given, and the report counts it.
ease diagnose drawn.jsonl --out own.jsonl --system-prompt "Be long." --json "${answer[@]}" >own.json 2>err.txt
cmp <(value own.jsonl /response) <(value answered.jsonl /response)
[ -n "$(value own.json /stages/0/note)" ] || fail "no note: $(cat own.json)"

# An answer that is switched off is not trained on; keys that nothing reads are counted by name.
cat >off.jsonl <<'T'
{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"wrong","weight":0}]}
{"messages":[{"role":"user","content":"c","name":"n"},{"role":"assistant","content":"d","weight":1}],"score":1}
T
fails 1 off.jsonl:1 weight -- ease mix --component one=off.jsonl --out never.jsonl
sed 1d off.jsonl >on.jsonl
ease mix --component one=on.jsonl --out on_mixed.jsonl --json >on.json 2>err.txt
grep -qw score err.txt || fail "not told: $(cat err.txt)"
is on.json /not_used/score 1
is on.json /not_used/messages.name 1

# A prompt beside messages that say something else is one rule for who asks and who trains.
cat >both.jsonl <<'T'
{"prompt":"x","messages":[{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}
T
fails 1 both.jsonl:1 prompt messages -- ease diagnose both.jsonl --out never.jsonl "${answer[@]}"
fails 1 both.jsonl:1 prompt messages -- ease mix --component one=both.jsonl --out never.jsonl
ease mix --component one=both.jsonl --columns messages=messages --out chosen.jsonl -q >said.txt 2>err.txt
is chosen.jsonl /prompt c
ease diagnose both.jsonl --columns prompt=prompt --out chosen_too.jsonl "${answer[@]}" >said.txt 2>err.txt
is chosen_too.jsonl /prompt x

# What the model should have been given, and is not, is told; a spelling of system is given.
cat >given.jsonl <<'T'
{"prompt":"c","completion":"d","System":"Be brief.","context":"k","tools":[{"name":"f"}]}
{"prompt":"e","completion":"t</think>u"}
T
ease mix --component one=given.jsonl --out given_mixed.jsonl --json >given.json 2>err.txt
is given.json /not_given/context 1
is given.json /not_given/tools 1
grep -q "</think>" err.txt && grep -qw context err.txt && grep -q "columns=system=" err.txt || fail "not told: $(cat err.txt)"
[ "$(value given_mixed.jsonl /history/0/content /prompt c)" = "Be brief." ] || fail "no system message: $(cat given_mixed.jsonl)"

# Messages of tools are written by families that have them, and refused by others.
cat >tools.jsonl <<'T'
{"messages":[{"role":"user","content":"c"},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r"},{"role":"assistant","content":"d"}]}
T
ease mix --component one=tools.jsonl --out tools_mixed.jsonl -q >said.txt 2>err.txt
is tools_mixed.jsonl /prompt c
is tools_mixed.jsonl /history/2/role tool
echo "ok"
