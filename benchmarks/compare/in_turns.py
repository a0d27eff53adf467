# SPDX-License-Identifier: Apache-2.0
"""For the comparisons beside it: measure two things in turns, report medians."""
import json
import statistics


def report(**row):
    print(json.dumps(row), flush=True)


def in_turns(rounds, ours, theirs):
    """Calls both, `rounds` times each, in changing order: ([ours], [theirs])."""
    mine, other = [], []
    for i in range(rounds):
        for who in (0, 1) if i % 2 == 0 else (1, 0):
            (mine if who == 0 else other).append((ours if who == 0 else theirs)())
    return mine, other


def rates(what, unit, peer, mine, other):
    """A row of rates, where more is better: the ratio is ours to theirs."""
    ratio = statistics.median(a / b for a, b in zip(mine, other))
    report(what=what, unit=unit, ours=statistics.median(mine), peer=peer, theirs=statistics.median(other), ratio=ratio,
           rounds=len(mine))


def costs(what, unit, peer, mine, other):
    """A row of costs, where less is better: the ratio is theirs to ours."""
    ratio = statistics.median(b / a for a, b in zip(mine, other))
    report(what=what, unit=unit, ours=statistics.median(mine), peer=peer, theirs=statistics.median(other), ratio=ratio,
           rounds=len(mine))
