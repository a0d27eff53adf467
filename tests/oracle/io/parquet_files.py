# SPDX-License-Identifier: Apache-2.0
"""Parquet files written by pyarrow, and their rows as pyarrow reads them (to_pylist), as JSON.

    python3 parquet_files.py fixtures ../../fixtures/io/parquet             writes the fixtures again
    python3 parquet_files.py random PROGRAM [COUNT [SEED]]                  compares COUNT random files with what PROGRAM FILE prints,
                                                                            a row a line (build/release/tests/rows_probe)
    python3 parquet_files.py written PROGRAM [COUNT [SEED]]                 writes COUNT files of random rows by PROGRAM ROWS OUT and
                                                                            compares what pyarrow reads
pip install pyarrow==26.0.1
"""
import base64
import datetime as dt
import decimal
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

UTC = dt.timezone.utc
CODECS = ["NONE", "SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD"]


def as_json(value):
    """What to_pylist gives, as plugins/parquet/column_text.hpp says that it is written. Numbers that are not integers are
    (float,) or (Decimal,)."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(one) for one in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return (value,) if math.isfinite(value) else None
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.datetime):
        return value.isoformat() if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return (decimal.Decimal(value.days * 86400 + value.seconds) + decimal.Decimal(value.microseconds) / 1000000,)
    if isinstance(value, decimal.Decimal):
        return (value,)
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(type(value))


class Number(str):
    """A number of JSON as it is written."""


def same(want, got):
    if isinstance(want, tuple):
        if not isinstance(got, Number):
            return False
        if isinstance(want[0], decimal.Decimal):
            return decimal.Decimal(got) == want[0]
        return float(got) == want[0] and math.copysign(1, float(got)) == math.copysign(1, want[0]) and any(c in got for c in ".e")
    if isinstance(want, dict):
        return isinstance(got, dict) and list(want) == list(got) and all(same(want[key], got[key]) for key in want)
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(map(same, want, got))
    if isinstance(got, Number):
        return isinstance(want, int) and not isinstance(want, bool) and got == str(want)
    return type(want) is type(got) and want == got


def parsed(line):
    def refuse(word):
        raise ValueError(f"{word} is not JSON")
    return json.loads(line.decode(), parse_float=Number, parse_int=Number, parse_constant=refuse)


def written(value):
    """The JSON text of as_json(value)."""
    if isinstance(value, tuple):
        return repr(value[0]) if isinstance(value[0], float) else str(value[0])
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key, ensure_ascii=False) + ":" + written(one) for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def put(folder, name, table, **how):
    pq.write_table(table, folder / f"{name}.parquet", **how)
    rows = pq.read_table(folder / f"{name}.parquet").to_pylist()
    return "".join(written(as_json(row)) + "\n" for row in rows)


def fixtures(folder):
    def column(kind, *values):
        return pa.array([*values, None], type=kind)

    now = dt.datetime(2024, 2, 29, 12, 34, 56, 789000)
    types = pa.table({
        "string": column(pa.string(), "a \"quoted\" text\n\t\x01\\ é 😀", ""),
        "large_string": column(pa.large_string(), "b", "c"),
        "category": pa.array(["one", "two", None]).dictionary_encode(),
        "binary": column(pa.binary(), b"\x00\xff", b"abcd"),
        "fixed": column(pa.binary(2), b"ab", b"\xff\xfe"),
        "bool": column(pa.bool_(), True, False),
        "int8": column(pa.int8(), -128, 127),
        "uint8": column(pa.uint8(), 0, 255),
        "int16": column(pa.int16(), -2**15, 1),
        "int32": column(pa.int32(), -2**31, 2**31 - 1),
        "int64": column(pa.int64(), -2**63, 2**63 - 1),
        "uint64": column(pa.uint64(), 0, 2**64 - 1),
        "half": column(pa.float16(), 0.5, 1.5),
        "float": column(pa.float32(), 0.1, -0.0),
        "double": column(pa.float64(), 0.1, 5.0),
        "odd": column(pa.float64(), math.nan, math.inf),
        "decimal": column(pa.decimal128(20, 3), decimal.Decimal("12345678901234567.125"), decimal.Decimal("-0.500")),
        "wide_decimal": column(pa.decimal256(60, 2), decimal.Decimal("1" * 50 + ".25"), decimal.Decimal("0.00")),
        "date": column(pa.date32(), dt.date(1969, 12, 31), dt.date(9999, 1, 2)),
        "time": column(pa.time64("us"), dt.time(1, 2, 3), dt.time(23, 59, 59, 1)),
        "timestamp": column(pa.timestamp("ms"), now, dt.datetime(1900, 1, 1)),
        "instant": column(pa.timestamp("us", "Europe/Berlin"), now.replace(tzinfo=UTC), dt.datetime(1970, 1, 1, tzinfo=UTC)),
        "duration": column(pa.duration("ms"), dt.timedelta(seconds=-1.5), dt.timedelta(days=2)),
        "uuid": column(pa.uuid(), uuid.UUID(int=1).bytes, uuid.UUID(int=2**127).bytes),
        "null": pa.nulls(3),
    })
    (folder / "types.jsonl").write_text(put(folder, "types", types, compression="ZSTD"), encoding="utf-8")

    call = pa.struct([("name", pa.string()), ("arguments", pa.string())])
    message = pa.struct([("role", pa.string()), ("content", pa.string()), ("tool_calls", pa.list_(call))])

    def turn(role, content, calls=None):
        return {"role": role, "content": content, "tool_calls": calls}

    nested = pa.table({
        "messages": pa.array([[turn("user", "Hello"), turn("assistant", None, [{"name": "f", "arguments": "{}"}])], [], None,
                              [turn("user", "Bye"), None]], type=pa.list_(message)),
        "lists": pa.array([[[1, 2], [], None], None, [], [[3]]], type=pa.list_(pa.list_(pa.int64()))),
        "map": pa.array([[("a", 1), ("b", None)], [], None, [("a", 2)]], type=pa.map_(pa.string(), pa.int64())),
        "deep": pa.array([{"a": {"b": [{"c": 1.5}]}}, {"a": None}, None, {"a": {"b": None}}],
                         type=pa.struct([("a", pa.struct([("b", pa.list_(pa.struct([("c", pa.float64())])))]))])),
        "pairs": pa.array([[1, 2], [3, None], [5, 6], [7, 8]], type=pa.list_(pa.int32(), 2)),
        "key \"with\" quotes": pa.array(["a", "b", "c", "d"]),
    })
    (folder / "nested.jsonl").write_text(put(folder, "nested", nested, row_group_size=3), encoding="utf-8")

    draw = random.Random(1)
    words = ["How do I", "fold", "a boat", "of paper?", "é", "\n"]
    codecs = pa.table({"prompt": [" ".join(draw.choice(words) for _ in range(8)) for _ in range(60)],
                       "kind": [draw.choice(["a", "b"]) for _ in range(60)],
                       "n": [draw.choice([None, i]) for i in range(60)]})
    said = {put(folder / "codecs", f"{codec.lower()}_{version[0]}", codecs, compression=codec, data_page_version=version,
                use_dictionary=["kind"], row_group_size=40, data_page_size=100, write_page_checksum=True)
            for codec in CODECS for version in ("1.0", "2.0")}
    assert len(said) == 1
    (folder / "codecs" / "rows.jsonl").write_text(said.pop(), encoding="utf-8")

    rows = pa.table({"prompt": ["a", "b", None, "d", "e"], "data_type": ["vanilla_benign"] * 4 + ["unknown_kind"]})
    put(folder, "bad_rows", rows, row_group_size=2)


WORDS = ["", "a", "How do I fold a boat?", "tab\tquote\" back\\slash", "line\nend\r\n", "\x00\x01\x1f\x7f", "é ü 漢字 😀", "x" * 300,
         "{\"a\":1}", "</think>", "\u2028\u2029", " " * 9 + "\"" + " " * 7 + "\\"]


def text(draw):
    if draw.random() < .8:
        return draw.choice(WORDS) + "".join(draw.choice("abc \"\\\n\té漢😀\x02") for _ in range(draw.randrange(40)))
    return "".join(chr(draw.randrange(32, 0x2000)) for _ in range(draw.randrange(80)))


def leaf(draw):
    """A type without others in it, and what draws a value of it."""
    def whole(kind, low, high):
        return kind, lambda: draw.choice([low, high, draw.randint(low, high)])

    def some_bytes(most):
        return bytes(draw.randrange(256) for _ in range(draw.randrange(most)))

    kind = draw.randrange(27)
    if kind < 6:
        return draw.choice([pa.string(), pa.string(), pa.large_string()]), lambda: text(draw)
    if kind < 9:
        return whole(*draw.choice([(pa.int8(), -128, 127), (pa.int16(), -2**15, 2**15 - 1), (pa.int32(), -2**31, 2**31 - 1),
                                   (pa.int64(), -2**63, 2**63 - 1)]))
    if kind == 9:
        return whole(*draw.choice([(pa.uint8(), 0, 255), (pa.uint16(), 0, 65535), (pa.uint32(), 0, 2**32 - 1), (pa.uint64(), 0, 2**64 - 1)]))
    if kind == 10:
        return pa.float32(), lambda: draw.choice([0.1, 1.5, -0.0, math.nan, math.inf, 3.4e38, 1e-45, draw.gauss(0, 1e3)])
    if kind == 11:
        return pa.float64(), lambda: draw.choice([0.1, 5.0, -0.0, math.nan, -math.inf, 1.7e308, 5e-324, 1e22, draw.gauss(0, 1e10)])
    if kind == 12:
        return pa.float16(), lambda: draw.choice([0.1, 1.5, -2.0, 65504.0, math.nan])
    if kind == 13:
        return pa.bool_(), lambda: draw.random() < .5
    if kind == 14:
        return draw.choice([pa.binary(), pa.large_binary()]), lambda: some_bytes(20)
    if kind == 15:
        return pa.binary(5), lambda: bytes(draw.randrange(256) for _ in range(5))
    if kind == 16:
        return draw.choice([pa.date32(), pa.date64()]), lambda: dt.date(draw.randint(1, 9999), draw.randint(1, 12), draw.randint(1, 28))
    if kind in (17, 18):
        unit, zone = draw.choice(["s", "ms", "us"]), draw.choice([None, "UTC", "Europe/Berlin", "America/New_York", "+05:30"])
        step = {"s": 1000000, "ms": 1000, "us": 1}[unit]

        def moment():
            day = dt.datetime(draw.randint(1900, 2100), draw.randint(1, 12), draw.randint(1, 28), draw.randrange(24), draw.randrange(60),
                              draw.randrange(60), draw.choice([0, draw.randrange(1000000)]) // step * step)
            return day.replace(tzinfo=UTC) if zone else day
        return pa.timestamp(unit, zone), moment
    if kind == 19:
        of, step = draw.choice([(pa.time32("s"), 1000000), (pa.time32("ms"), 1000), (pa.time64("us"), 1)])
        return of, lambda: dt.time(draw.randrange(24), draw.randrange(60), draw.randrange(60), draw.choice([0, draw.randrange(1000000)]) // step * step)
    if kind == 20:
        return pa.duration(draw.choice(["s", "ms", "us"])), lambda: dt.timedelta(seconds=draw.randint(-10**6, 10**6))
    if kind in (21, 22):
        digits = draw.choice([5, 9, 18, 30, 38])
        scale = draw.randrange(digits)
        of = draw.choice([pa.decimal128(digits, scale)] + ([pa.decimal256(digits + 20, scale)] if digits > 20 else []))
        return of, lambda: decimal.Decimal(draw.randint(1 - 10**digits, 10**digits - 1)).scaleb(-scale, decimal.Context(prec=80))
    if kind == 23:
        return pa.null(), lambda: None
    if kind == 24:
        return pa.dictionary(pa.int32(), pa.string()), lambda: draw.choice(WORDS)
    return pa.string(), lambda: draw.choice(["train", "test", "validation"])


def column(draw, depth=0):
    kind = draw.random()
    fixed = False
    if depth > 3 or kind < .55:
        of, one = leaf(draw)
        if depth == 0 and kind < .03:
            of, one = pa.uuid(), lambda: uuid.UUID(int=draw.getrandbits(128)).bytes
    elif kind < .74:
        inner, item = column(draw, depth + 1)
        fixed = kind > .7
        length = draw.randrange(1, 4)
        of = pa.list_(inner, length) if fixed else draw.choice([pa.list_(inner), pa.large_list(inner)])

        def one():
            return [item() for _ in range(length if fixed else draw.choice([0, 1, 2, 5, draw.randrange(12)]))]
    elif kind < .86:
        members = [(f"f{i}" if draw.random() < .8 else text(draw)[:20] + str(i), column(draw, depth + 1)) for i in range(draw.randrange(1, 5))]
        of = pa.struct([pa.field(name, inner) for name, (inner, _) in members])

        def one():
            return {name: item() for name, (_, item) in members}
    elif kind < .92:
        key, some_key = draw.choice([(pa.string(), lambda: text(draw)), (pa.int32(), lambda: draw.randint(-9, 9))])
        inner, item = column(draw, depth + 1)
        of = pa.map_(key, inner)

        def one():
            return [(some_key(), item()) for _ in range(draw.randrange(4))]
    else:
        call = pa.struct([("name", pa.string()), ("arguments", pa.string())])
        of = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string()), ("tool_calls", pa.list_(call))]))

        def one():
            return [{"role": draw.choice(["user", "assistant", "system"]), "content": text(draw),
                     "tool_calls": None if draw.random() < .7 else [{"name": "f", "arguments": "{}"}]} for _ in range(draw.randrange(5))]
    nulls = 0 if fixed else draw.choice([0, 0, .1, .5, 1.0 if draw.random() < .1 else .2])
    return of, lambda: None if draw.random() < nulls else one()


def random_file(draw, path):
    """Writes one; False where pyarrow cannot."""
    count = draw.choice([0, 1, 2, 7, 100, 1000, 3000])
    columns = [column(draw) for _ in range(draw.randrange(1, 8))]
    how = {"compression": draw.choice(CODECS), "data_page_version": draw.choice(["1.0", "2.0"]), "use_dictionary": draw.random() < .5,
           "row_group_size": draw.choice([None, 1, 10, 333] if count <= 100 else [None, 333, 100000]),
           "version": draw.choice(["1.0", "2.4", "2.6"]), "store_schema": draw.random() < .7,
           "data_page_size": draw.choice([None, 64, 1000]), "write_page_index": draw.random() < .3,
           "write_page_checksum": draw.random() < .5, "write_statistics": draw.random() < .7}
    if not how["use_dictionary"] and draw.random() < .5:
        encodings = {pa.string(): ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"],
                     pa.int32(): ["DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"], pa.int64(): ["DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
                     pa.float32(): ["BYTE_STREAM_SPLIT"], pa.float64(): ["BYTE_STREAM_SPLIT"], pa.bool_(): ["RLE"]}
        chosen = {f"c{i}": draw.choice(encodings[of]) for i, (of, _) in enumerate(columns) if of in encodings}
        if chosen:
            how["column_encoding"] = chosen
    try:
        table = pa.table({f"c{i}": pa.array([one() for _ in range(count)], type=of) for i, (of, one) in enumerate(columns)})
        pq.write_table(table, path, **how)
        return True
    except (pa.ArrowException, OSError):
        return False


def compare(program, count, seed):
    files = rows = cells = differing = 0
    with tempfile.TemporaryDirectory() as folder:
        number = 0
        while files < count:
            number += 1
            path = pathlib.Path(folder) / f"{number}.parquet"
            if not random_file(random.Random(f"{seed} {number}"), path):
                continue
            files += 1
            want = pq.read_table(path).to_pylist()
            done = subprocess.run([program, path], capture_output=True, check=False)
            got = [parsed(line) for line in done.stdout.split(b"\n")[:-1]]
            if done.returncode != 0 or len(got) != len(want):
                print(f"seed {seed} number {number}: {len(got)} rows of {len(want)}: {done.stderr.decode()}")
                differing += 1
            for wanted, row in zip(want, got):
                rows += 1
                for name, value in wanted.items():
                    cells += 1
                    if not same(as_json(value), row[name]):
                        differing += 1
                        print(f"seed {seed} number {number} {name}: {value!r:.200} and {row[name]!r:.200}")
            path.unlink()
    print(f"{files} files, {rows} rows, {cells} cells, {differing} differ")
    return differing > 0


def shape(draw, depth=0):
    """What draws a value of one type, None among them."""
    kind = draw.randrange(8 if depth < 3 else 6)
    if kind == 7:
        item, members = shape(draw, depth + 1), 0
    elif kind == 6:
        members = {f"m{i}" if draw.random() < .8 else text(draw)[:9] + str(i): shape(draw, depth + 1) for i in range(draw.randrange(1, 5))}
    nulls = draw.choice([0, 0, .3])

    def one():
        if draw.random() < nulls:
            return None
        if kind < 2:
            return text(draw)
        if kind == 2:
            return draw.choice([0, -1, 2**63 - 1, -2**63, draw.randint(-10**9, 10**9)])
        if kind == 3:
            return draw.choice([0.1, 5.0, -0.0, 1.7e308, 5e-324, 1e22, draw.gauss(0, 1e9)])
        if kind == 4:
            return draw.random() < .5
        if kind == 5:
            return None
        if kind == 6:
            return {name: value() for name, value in members.items() if draw.random() < .9}
        return [item() for _ in range(draw.choice([0, 1, 3, draw.randrange(9)]))]
    return one


def without_nulls(value):
    """A member that is null and one that is not there are one in Parquet."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def equal(a, b):
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(equal, a, b))
    return type(a) is type(b) and a == b and (not isinstance(a, float) or math.copysign(1, a) == math.copysign(1, b))


def compare_written(program, count, seed):
    rows = differing = 0
    with tempfile.TemporaryDirectory() as folder:
        lines, out = pathlib.Path(folder) / "rows.jsonl", pathlib.Path(folder) / "rows.parquet"
        for number in range(count):
            draw = random.Random(f"{seed} {number}")
            columns = {f"c{i}": shape(draw) for i in range(draw.randrange(1, 8))}
            made = [{name: one() for name, one in columns.items() if draw.random() < .95} for _ in range(draw.choice([2, 3, 100, 2000]))]
            lines.write_text("".join(json.dumps(row, ensure_ascii=draw.random() < .5) + "\n" for row in made), encoding="utf-8")
            if not any(made):
                continue
            done = subprocess.run([program, lines, out], capture_output=True, check=False)
            if done.returncode != 0:
                print(f"seed {seed} number {number}: {done.stderr.decode()}")
                differing += 1
                continue
            table = pq.read_table(out)
            as_text = {line.split('"')[1] for line in done.stderr.decode().split("; ") if "JSON text" in line}
            for want, got in zip(made, table.to_pylist(), strict=True):
                rows += 1
                if as_text:  # objects without members alone: told of, and not compared here
                    want, got = ({k: v for k, v in row.items() if not any(k == one.split(".")[0] for one in as_text)} for row in (want, got))
                if not equal(without_nulls(want), without_nulls(got)):
                    differing += 1
                    print(f"seed {seed} number {number}: {want!r:.300} and {got!r:.300}")
    print(f"{count} files, {rows} rows, {differing} differ")
    return differing > 0


if sys.argv[1] == "fixtures":
    fixtures(pathlib.Path(sys.argv[2]))
elif sys.argv[1] == "written":
    sys.exit(compare_written(sys.argv[2], int((sys.argv[3:] or ["200"])[0]), (sys.argv[4:] or ["1"])[0]))
else:
    sys.exit(compare(sys.argv[2], int((sys.argv[3:] or ["200"])[0]), (sys.argv[4:] or ["1"])[0]))
