# For tests that source it before they leave the folder they were started from: a folder of their own, and the answering server.
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
work=$(mktemp -d)
cd "$work"

# serve PROGRAM ARGUMENT...: answers until the test ends; its URL is in $url, what it is asked in requests.txt.
serve() {
  local i
  mkfifo hold
  "$@" <hold >url.txt 2>requests.txt &
  serving=$!
  exec 9>hold
  trap 'exec 9>&-; wait $serving 2>/dev/null || true; rm -rf "$work"' EXIT
  for ((i = 0; i < 100; i++)); do [ -s url.txt ] && break; sleep 0.1; done
  url=$(cat url.txt)
}
