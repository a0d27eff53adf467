# SPDX-License-Identifier: Apache-2.0
"""Strings to tokenise, from a fixed seed: many scripts, emoji and joiners, digits, white space of every kind, control characters,
long runs, text that looks like special tokens, bytes that are not UTF-8. Harmless and made up."""
import random
import unicodedata

SCRIPTS = [(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x250, 0x2AF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x587), (0x5D0, 0x5EA), (0x620, 0x64A),
           (0x671, 0x6D3), (0x710, 0x72F), (0x780, 0x7B1), (0x904, 0x963), (0x980, 0x9FF), (0xA01, 0xA75), (0xA81, 0xAFF), (0xB01, 0xB7F), (0xB82, 0xBFA),
           (0xC00, 0xC7F), (0xC80, 0xCFF), (0xD00, 0xD7F), (0xD80, 0xDF4), (0xE01, 0xE5B), (0xE80, 0xEDF), (0xF00, 0xFDA), (0x1000, 0x109F),
           (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x137F), (0x13A0, 0x13FD), (0x1400, 0x167F), (0x1780, 0x17F9), (0x1800, 0x18AA), (0x1E00, 0x1EFF),
           (0x1F00, 0x1FFF), (0x2C00, 0x2C5F), (0x2D30, 0x2D7F), (0x3041, 0x3096), (0x30A0, 0x30FF), (0x3105, 0x312F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
           (0xA000, 0xA48C), (0xA640, 0xA69F), (0xAC00, 0xD7A3), (0xF900, 0xFAD9), (0xFB00, 0xFB4F), (0xFB50, 0xFDFF), (0xFF01, 0xFFEE), (0x10300, 0x1034A),
           (0x10400, 0x1044F), (0x12000, 0x12399), (0x13000, 0x1342F), (0x16800, 0x16A38), (0x1D400, 0x1D7FF), (0x1E900, 0x1E959), (0x20000, 0x2A6DF)]
DIGITS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "๐๑๒๓๔๕๖๗๘๙", "０１２３４５６７８９", "²³¹⁰⁴⁵", "ⅠⅡⅢⅣⅤⅥⅦⅧⅨ", "½⅓¼⅛", "①②③④⑤", "𝟎𝟏𝟐𝟑𝟜", "一二三四五六七八九十", "\U0001ccf0\U0001ccf5",
          "\U00011de0\U00011de5", "\U0001e5f1\U0001e5f4"]
SPACES = [" ", " ", " ", "  ", "    ", "\t", "\n", "\r", "\r\n", "\v", "\f", "\x85", "\u00a0", "\u1680", "\u180e", *map(chr, range(0x2000, 0x200B)), "\u2028", "\u2029",
          "\u202f", "\u205f", "\u3000", "\n\n", " \n", "\n ", "\t\t", "\r\n\r\n"]
CONTROLS = [*map(chr, range(0, 9)), *map(chr, range(14, 32)), *map(chr, range(127, 160)), *map(chr, range(0x200B, 0x2010)), *map(chr, range(0x202A, 0x202F)),
            *map(chr, range(0x2060, 0x2070)), "\ufeff", "\ufffd", "\ufff9", "\ufffe", "\uffff", "\ue000", "\U000f0000", "\U0010ffff", "\U000e0001", "\U000e0041", "\u00ad", "\u034f"]
EMOJI = [*map(chr, range(0x1F600, 0x1F650)), *map(chr, range(0x1F300, 0x1F330)), *map(chr, range(0x1F900, 0x1F930)), *"☀☂☎♥✂✈⌚Ⓜ©®™"]
PEOPLE, SKIN = ["👩", "👨", "🧑", "👧", "👦", "🤝", "❤"], ["", "🏻", "🏽", "🏿"]
MARKS = [chr(c) for c in range(0x300, 0x1E2EF) if unicodedata.combining(chr(c))]
BASES = "aeiouncsAEIOUNÅékλиאबกがカ가ㄱ"
CONTRACTIONS = ["'s", "'S", "'t", "'re", "'RE", "'ve", "'m", "'ll", "'LL", "'d", "'D", "'ſ", "''s", " 's", "'x", "’s", "'lL", "'Ve", "s'", "'\n", "'1"]
WORDS = "the small boat left harbour and wind turned Hello World lorem ipsum dolor function return value class import print self const int std vector size True None".split()
CODE = ["def f(x):\n    return x + 1\n", "for (int i = 0; i < n; ++i) {\n\tsum += a[i];\n}\n", "{\"key\": [1, 2.5e-3, null]}", "<div class=\"a\">&nbsp;</div>", "SELECT * FROM t WHERE a != 'b';",
        "https://example.org/a-b_c?d=1&e=%20#f", "x**2 // y ^ ~z | w", "#include <vector>\n", "$HOME/.config", "a.b->c::d", "/* ... */", "====", "-----", "!!!", "...", "\\n\\t", "`code`", "**bold**", "| a | b |"]


def pick(draw, first, last):
    return chr(draw.randint(first, last))


def script_word(draw):
    first, last = draw.choice(SCRIPTS)
    return "".join(pick(draw, first, last) for _ in range(draw.randint(1, 10)))


def emoji(draw):
    kind = draw.randrange(6)
    if kind == 0:
        return "\u200d".join(draw.choice(PEOPLE) + draw.choice(SKIN) for _ in range(draw.randint(1, 4)))
    if kind == 1:
        return "".join(pick(draw, 0x1F1E6, 0x1F1FF) for _ in range(draw.randint(1, 4)))
    if kind == 2:
        return draw.choice("0123456789#*") + draw.choice(["\ufe0f", ""]) + "\u20e3"
    return "".join(draw.choice(EMOJI) + draw.choice(["", "", "\ufe0f", "\ufe0e", "\u200d"]) for _ in range(draw.randint(1, 4)))


def accented(draw):
    made = [draw.choice(BASES) + "".join(draw.choice(MARKS) for _ in range(draw.choice([0, 1, 1, 2, 3, 6]))) for _ in range(draw.randint(1, 4))]
    if draw.random() < 0.3:
        made.append("".join((pick(draw, 0x1100, 0x1112), pick(draw, 0x1161, 0x1175), draw.choice(["", pick(draw, 0x11A8, 0x11C2)]))))
    return unicodedata.normalize(draw.choice(["NFC", "NFD"]), "".join(made)) if draw.random() < 0.3 else "".join(made)


def like_a_mark(draw, marks):
    mark = draw.choice(marks)
    return draw.choice([mark, mark, mark, mark + mark, mark[:draw.randint(1, len(mark))], mark[draw.randint(0, len(mark) - 1):], mark.upper(), mark[:-1] + " " + mark[-1], " " + mark + " ",
                        mark[:len(mark) // 2] + mark, "<" + mark + ">", mark.replace("|", "||"), "\n" + mark + "\n", "<think>", "</think>", "<|", "|>", "<｜", "▁"])


def run(draw, marks):
    unit = draw.choice([draw.choice(SPACES), draw.choice(WORDS), draw.choice("a0=-_*#<'é中\u0301!?."), pick(draw, 33, 126), script_word(draw)[:2], draw.choice(marks)[:4]])
    return unit * draw.choice([2, 3, 7, 20, 49, 120])


def anything(draw):
    c = draw.choice([draw.randint(1, 0xD7FF), draw.randint(0xE000, 0xFFFF), draw.randint(0x10000, 0x1FFFF), draw.randint(0x10000, 0x10FFFF)])
    return chr(c) + draw.choice(["", "a", " ", "1", "'s"])


def part(draw, marks):
    kind = draw.random()
    if kind < 0.22:
        return draw.choice(["", " "]) + draw.choice(WORDS)
    if kind < 0.36:
        return script_word(draw)
    if kind < 0.44:
        return draw.choice(SPACES) * draw.choice([1, 1, 1, 2, 3])
    if kind < 0.52:
        return "".join(draw.choice(draw.choice(DIGITS)) for _ in range(draw.randint(1, 9)))
    if kind < 0.58:
        return emoji(draw)
    if kind < 0.64:
        return accented(draw)
    if kind < 0.70:
        return draw.choice(CONTROLS) * draw.choice([1, 1, 2])
    if kind < 0.76:
        return draw.choice(CONTRACTIONS)
    if kind < 0.84:
        return like_a_mark(draw, marks)
    if kind < 0.90:
        return draw.choice(CODE)
    if kind < 0.93:
        return run(draw, marks)
    if kind < 0.96:
        return "".join(pick(draw, 32, 126) for _ in range(draw.randint(1, 12)))
    return anything(draw)


def damaged(draw, text):
    """Bytes that are not UTF-8: cut, changed, or with strangers between them."""
    raw = bytearray(text.encode())
    for _ in range(draw.randint(1, 3)):
        at = draw.randint(0, len(raw))
        kind = draw.randrange(4)
        if kind == 0:
            del raw[at:at + 1]
        elif kind == 1:
            raw[at:at] = bytes(draw.randint(0x80, 0xFF) for _ in range(draw.randint(1, 4)))
        elif kind == 2:
            raw[at:at] = draw.choice([b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xe2\x82", b"\xf0\x9f\x98", b"\xe0\x80\x80"])
        else:
            raw = raw[:at]
    return bytes(raw)


def strings(seed, count, marks):
    """`count` byte strings, no two alike; about one in twenty is not UTF-8."""
    draw, seen, made = random.Random(seed), set(), []
    while len(made) < count:
        text = "".join(part(draw, marks) for _ in range(draw.choice([1, 2, 3, 4, 6, 9, 13])))
        raw = damaged(draw, text) if draw.random() < 0.05 else text.encode()
        if raw not in seen:
            seen.add(raw)
            made.append(raw)
    return made
