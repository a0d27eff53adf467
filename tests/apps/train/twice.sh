#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A second signal ends a training at once.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
start out
kill -s STOP $pid # so that both are there when it goes on
kill -s INT $pid
kill -s TERM $pid
kill -s CONT $pid
got=0
wait $pid || got=$?
go_on
[ $got = 130 ] || [ $got = 143 ] || fail "status $got"
! names --resume "$(<out.err)" || fail "two signals did not end it at once: $(cat out.err)"
echo "ok"
