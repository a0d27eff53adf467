#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every option of the published scripts (options.txt) is there under its name with its default, is refused with the reason, or is
# said to have no effect.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"

# What a script needs beside the option at hand, none of which is an option of the line.
needs() {
  case $1 in
    get_adversarial) echo "rows.jsonl --out drawn.jsonl" ;;
    generate_response) echo "--dataset_name rows.jsonl --model_name $model --out answers.jsonl" ;;
    filter_unsafe) echo "--input_file answered.jsonl --guard refusal" ;;
    safety_classification) echo "-i rows.jsonl --out classified.jsonl" ;;
    cot_generate) echo "-i rows.jsonl --teacher policy --out reasoned.jsonl" ;;
    distill_slm_safety) echo "--dataset_name answered.jsonl --model_name $model --out trained" ;;
    launch) echo "get_adversarial rows.jsonl --out drawn.jsonl" ;;
  esac
}
checked=0
while IFS='|' read -r script option default kind; do
  [[ $script != \#* ]] || continue
  checked=$((checked + 1))
  read -ra words <<<"$option"
  read -ra rest <<<"$(needs "$script")"
  [ -s "help.$script" ] || "$program" "$script" --help >"help.$script"
  # Its line in the help, and those that go on with it.
  shown=$(awk -v name="${words[0]}" '
    /^  -/ { on = 0; split($1, names, ","); for (i in names) if (names[i] == name) on = 1 } on' "help.$script")
  [ -n "$shown" ] || fail "$script --help does not tell of ${words[0]}"
  [ -z "$default" ] || [[ $shown =~ (=|\[)"$default"($|[^[:alnum:]._/-]) ]] || fail "$script ${words[0]}: its default is not $default: $shown"
  case $kind in
    =) ;;
    "= "*) # a value of the script's own is taken
      ! "$program" "$script" "${words[@]}" "${kind#= }" --none 2>said || fail "$script --none was taken"
      grep -q -- '--none' said || fail "$script ${words[*]} ${kind#= }: $(cat said)"
      ;;
    x*) fails 2 "${kind#x }" -- ease "$script" "${words[@]}" "${rest[@]}" ;;
    o)
      rm -rf drawn.jsonl answers.jsonl reasoned.jsonl
      [ "$script" != generate_response ] || rest+=(--max_tokens 1 -q)
      ease "$script" "${words[@]}" "${rest[@]}" >said 2>&1 || [ $? = 3 ] || fail "$script ${words[*]}: $(cat said)"
      grep -q -- "${words[0]}.* no effect: [a-zA-Z]" said || fail "$script ${words[*]} was not said to have no effect: $(cat said)"
      ;;
    *) fail "what is $kind?" ;;
  esac
done <"$apps/scripts/options.txt"
[ "$checked" -gt 60 ] || fail "only $checked options were looked at"
! grep -rq sk-made-up . --include='*.txt' --include=said || fail "a key was repeated"
# Under the scripts' own file names too.
rm -f drawn.jsonl
ease get_adversarial.py rows.jsonl -o drawn.jsonl -s 3 >said 2>&1 || [ $? = 3 ] || fail "get_adversarial.py: $(cat said)"
# A default that is a file, and is not there.
fails 2 adv_harmful.json --input_file -- ease cot_generate --teacher policy --output_file none.jsonl
echo "ok: $checked options"
