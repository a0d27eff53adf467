#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is said wrongly ends with status 2, whether it is found while the line is read or later, and nothing is written.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
out=(--model "$model" --out o.jsonl -q)
fails 2 --gguf q3 q8_0 -- ease export "$model" --gguf q3 --out o.gguf
fails 2 --component x -- ease mix --component x --out o.jsonl
fails 2 --component y -- ease mix --component a=rows.jsonl:*y --out o.jsonl
fails 2 --schema star star1 -- ease diagnose rows.jsonl --schema star "${out[@]}"
fails 2 --format xls jsonl -- ease diagnose rows.jsonl --format xls "${out[@]}"
fails 2 --columns prompt -- ease diagnose rows.jsonl --columns prompt "${out[@]}"
fails 2 --on-bad-row skip stop reject -- ease evaluate rows.jsonl --on-bad-row skip --model "$model"
fails 2 --shard 3/2 -- ease diagnose rows.jsonl --shard 3/2 "${out[@]}"
fails 2 chatty smollm2 -- ease diagnose rows.jsonl --chat-template chatty "${out[@]}"
fails 2 loud debug -- ease diagnose rows.jsonl "${out[@]}" --log l.jsonl --log-level loud
# What is no command has no help, wherever help is asked for; what is one has it.
fails 2 nosuch -- ease nosuch --help
fails 2 nosuch -- ease --help nosuch
fails 2 nosuch -- ease nosuch -h --version
fails 2 mixx mix -- ease mixx --component a=rows.jsonl --help
[[ $(ease diagnose --help) == *--max-tokens* ]] || fail "no help of a command"
ease --help | grep -q diagnose || fail "no help of the program"
# An option that a command has not is told in every command, also where its value would be taken for something else.
for command in $(ease --help | sed -n '/ubcommands:/,$s/^  \([a-z_-]*\) .*/\1/p'); do
  fails 2 --no-such -- ease "$command" --no-such 1 rows.jsonl
done
fails 2 --temperature -- ease benchmark --temperature 1 mmlu --model "$model"
fails 2 --sampels --samples -- ease evaluate rows.jsonl --model "$model" --sampels 2 --max-tokens x
# An option given twice, or without its value: in one line, by its name.
fails 2 --model 2 -- ease diagnose rows.jsonl --model a --model b --out o.jsonl
! grep -qi required err.txt || fail "words of a library: $(cat err.txt)"
fails 2 --where 2 -- ease diagnose rows.jsonl --where a=b --where c=d "${out[@]}"
fails 2 --out -- ease diagnose rows.jsonl --model "$model" --out
! grep -qi "required TEXT" err.txt || fail "words of a library: $(cat err.txt)"
mkfifo pipe
fails 2 --shard pipe -- ease diagnose pipe --shard 1/2 "${out[@]}"
fails 2 /dev/stdin -- ease run /dev/stdin --out run
fails 2 - /dev/stdout -- ease diagnose rows.jsonl --model "$model" --out rows.out --failed - -q
# Behind a file's name, in every place that takes files; the file is named.
for spec in 'schema=star star' 'format=xls xls' 'max_rows=0 0' 'on_bad_row=skip skip' 'colums=prompt=a columns' 'columns=prompt prompt'; do
  read -r said name <<<"$spec"
  fails 2 rows.jsonl "$name" -- ease diagnose "rows.jsonl?$said" "${out[@]}"
  fails 2 rows.jsonl "$name" -- ease evaluate "rows.jsonl?$said" --model "$model"
  fails 2 rows.jsonl "$name" -- ease mix --component "a=rows.jsonl?$said" --out o.jsonl
  fails 2 rows.jsonl "$name" -- ease threshold "$model" --think "rows.jsonl?$said" --direct rows.jsonl --out o
done
# A column that no row has: of a table and of JSON lines, named for all files or for one, also where bad rows go to a file.
printf 'prompt,completion\na,b\n' >table.csv
for file in rows.jsonl table.csv; do
  fails 2 $file nope -- ease diagnose "$file?columns=prompt=nope" "${out[@]}"
  fails 2 $file nope -- ease diagnose $file --columns prompt=nope "${out[@]}"
  fails 2 $file nope -- ease diagnose $file --columns prompt=nope --on-bad-row reject "${out[@]}"
  fails 2 $file nope -- ease mix --component "a=$file?columns=completion=nope" --out o.jsonl
done
# Also where few rows are read; a row that lacks what another has is a bad row.
fails 2 rows.jsonl nope -- ease evaluate rows.jsonl --columns class=nope --max-rows 1 --model "$model"
printf '{"text":"a"}\n{"nope":"b"}\n' >half.jsonl
fails 1 half.jsonl:1 nope -- ease diagnose half.jsonl --columns prompt=nope "${out[@]}"
[ "$(find . -name '*.bad.jsonl')" = "" ] || fail "a file of bad rows was written"
# Amounts of a mix.
for amount in '*0' '*-1' '*nan' '*inf'; do
  fails 2 --component "a=answered.jsonl:$amount" -- ease mix --component "a=answered.jsonl:$amount" --out o.jsonl
done
fails 2 --component 1 2 -- ease mix --component 'a=answered.jsonl:*1' --component b=answered.jsonl --out o.jsonl
# What is said of a model: behind its name, and a server where files are wanted.
for said in '?bas=x' '?base' '?base=' '?base=other'; do
  fails 2 "$model" base -- ease diagnose rows.jsonl --model "$model$said" --out o.jsonl -q
done
for address in openai:m@ftp://x openai: openai:m@localhost:8000 'openai:m@http://u:p@127.0.0.1:1/v1'; do
  fails 2 -- ease diagnose rows.jsonl --model "$address" --out o.jsonl -q
done
for command in inspect 'tokenize x --model' 'finetune answered.jsonl --out o --model' 'export --gguf f32 --out o.gguf'; do
  fails 2 openai:m@http://127.0.0.1:1/v1 .gguf -- ease $command openai:m@http://127.0.0.1:1/v1
done
fails 2 promt prompt -- ease diagnose "rows.jsonl?columns=promt=prompt" "${out[@]}"
# A log in the run's own place is refused before it is made.
printf 'model = "x"\n' >s.toml
fails 1 run/report.json -- ease run s.toml --out run --log run/report.json
[ ! -e run ] && [ ! -e o.jsonl ] && [ ! -e o ] && [ ! -e o.gguf ] && [ ! -e l.jsonl ] || fail "something was written: $(ls)"
echo "ok"
