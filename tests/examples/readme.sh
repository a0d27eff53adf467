#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# readme.sh FOLDER [--write]: the block of README.md under "<!-- from examples/NAME.cpp -->" is what stands in that file between
# "// [readme]" and "// [/readme]", indented by two columns less. --write puts it there.
set -euo pipefail
cd "$1"
source tests/apps/checks.sh
from=$(sed -n 's/^<!-- from \(examples\/[a-z_]*\.cpp\) -->$/\1/p' README.md)
[ "$(wc -l <<<"$from")" = 1 ] && [ -n "$from" ] || fail "README.md names not one example: '$from'"
code=$(sed -n '/\/\/ \[readme\]$/,/\/\/ \[\/readme\]$/p' "$from" | sed '1d;$d;s/^  //')
[ -n "$code" ] || fail "$from has no [readme] part"
if [ "${2:-}" = --write ]; then
  code=$code awk '/^<!-- from examples\// { print; mine = 1; next }
    mine && /^```cpp$/ { print; print ENVIRON["code"]; skip = 1; mine = 0; next }
    /^```$/ { skip = 0 }
    !skip' README.md >README.md.new
  mv README.md.new README.md
fi
shown=$(awk '/^<!-- from examples\// { mine = 1 } mine && /^```$/ { exit } mine == 2 { print } mine && /^```cpp$/ { mine = 2 }' README.md)
diff <(echo "$code") <(echo "$shown") || fail "README.md shows other code than $from; bash tests/examples/readme.sh . --write"
echo "ok"
