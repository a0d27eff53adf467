# For the tests of the programs, which source it.
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# says WORDS STATUS COMMAND...: the command ends with STATUS and its stderr holds WORDS; an error (status 1) is one line.
says() {
  local words=$1 status=$2 got=0
  shift 2
  "$@" >out.txt 2>err.txt || got=$?
  [ "$got" = "$status" ] || fail "status $got instead of $status: $* ($(tail -1 err.txt))"
  grep -qF -- "$words" err.txt || fail "'$words' is not said by: $* (said: $(cat err.txt))"
  [ "$status" != 1 ] || [ "$(wc -l <err.txt)" = 1 ] || fail "more than one line: $(cat err.txt)"
}
