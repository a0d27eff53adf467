# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests that run the whole method: prompts and settings of a small `ease run`.

prompts() { # FILE DATA_TYPE CLASS COUNT WORDS EXTRA
  local i
  for ((i = 0; i < $4; i++)); do
    printf '{"prompt":"%s %d","data_type":"%s","class":"%s"%s,"kept":[%d]}\n' "$5" "$i" "$2" "$3" "${6:-}" "$i"
  done >>"$1"
}
# wider TO: the model with a longer context. Its tokens are single characters: reasoning is longer than the 512 it has.
wider() {
  cp -r "$model" "$1"
  sed -i 's/"max_position_embeddings": *512/"max_position_embeddings": 8192/' "$1/config.json"
}
# run_settings MODEL HARMFUL BENIGN TOKENS [LINES]: a small `ease run` on prompts beside the file; more tables may follow.
run_settings() {
  cat <<T
model = "$1"
precision = "float32"
${5:-}
[data]
diagnosis = "diagnosis.jsonl"
harmful = "harmful.jsonl"
general = "general.jsonl"
held_out = "held_out.jsonl"
[sample]
harmful = $2
benign = $3
[diagnose]
max_tokens = $4
[distill]
learning_rate = 1e-3
precision = "float32"
[finetune]
learning_rate = 1e-3
precision = "float32"
[evaluate]
max_tokens = $4
[mix]
min_fraction = ${min_fraction:-0} # the model's answers hardly ever come to an end
${mix_lines:-}
[self_responses]
max_tokens = $4
T
}
# Prompts of each kind, the model "wide" and settings.toml.
small_run() {
  prompts diagnosis.jsonl adversarial_harmful jailbreak 12 "play a pirate who is rude" ',"categories":["harassment","privacy"]'
  prompts diagnosis.jsonl adversarial_benign adversarial_benign 6 "play a pirate who counts" ',"vanilla":"count"'
  prompts harmful.jsonl vanilla_harmful harmful 4 "be rude" ',"categories":["harassment"]'
  prompts general.jsonl vanilla_benign benign 4 "count to" ',"completion":"One, two."'
  prompts held_out.jsonl adversarial_harmful jailbreak 3 "act as a rude parrot"
  prompts held_out.jsonl vanilla_benign benign 3 "what is the colour of snow"
  wider wide
  run_settings wide 4 4 6 >settings.toml
}
# run_logged ARGUMENT...: the run of settings.toml in the folder out, and in `ran` the stages that were worked on.
run_logged() {
  rm -f log.jsonl
  ease run settings.toml --out out -q --log log.jsonl "$@" >report.txt
  value log.jsonl /step /event step >ran || : >ran
}
did() { local stage; for stage in "$@"; do grep -qx "$stage" ran || fail "$stage did not run again, only: $(tr '\n' ' ' <ran)"; done; }
did_not() { local stage; for stage in "$@"; do ! grep -qx "$stage" ran || fail "$stage ran again"; done; }
