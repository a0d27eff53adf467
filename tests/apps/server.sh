# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For tests that source it before they leave the folder they were started from: a folder of their own, and the answering server.
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit

# serve PROGRAM ARGUMENT...: answers until the test ends; its URL is in $url.
serve() {
  mkfifo hold
  "$@" <hold >url.txt 2>requests.txt &
  serving=$!
  exec 9>hold
  trap 'exec 9>&-; wait $serving 2>/dev/null || true; rm -rf "$work"' EXIT
  await $serving test -s url.txt
  url=$(cat url.txt)
}
# tell COMMAND: "hold N" lets the server answer N more requests and hold every further one, "release" lets all go.
tell() {
  local before
  before=$(wc -l <url.txt)
  echo "$1" >&9
  await $serving eval "[ \$(wc -l <url.txt) -gt $before ]"
}
one_is_held() { [ "$(tail -n 1 url.txt)" = held ]; }
requests() { tell requests; sed -n '$s/ requests$//p' url.txt; } # how many came
