"""Names, numbers and texts as they are spelled in a clause, read and written."""

from __future__ import annotations

import math
import re

MAX_INTEGER = 2**63 - 1


class Misspelt(Exception):
    """A token that looks right but means nothing; the text says why."""


def read_name(token: str) -> str:
    """Read a plain name, or an escaped one with doubled backquotes inside. Raises Misspelt."""
    if token.startswith("`"):
        name = token[1:-1].replace("``", "`")
        if not name:
            raise Misspelt("an escaped name is empty")
        return name
    if not token.isidentifier():
        stray = next(c for k, c in enumerate(token) if not ("a" + c if k else c).isidentifier())
        raise Misspelt(f"the character {stray!r} cannot stand in a plain name; write the name between backquotes")
    return token


def write_name(name: str, reserved: frozenset[str] = frozenset()) -> str:
    """Write a name so that it reads back: plain where possible, else between backquotes."""
    if name.isidentifier() and name.upper() not in reserved:
        return name
    return "`" + name.replace("`", "``") + "`"


def read_integer(token: str) -> int:
    """Read a decimal, 0x or 0o integer up to 2**63 (which only a minus may precede). Raises Misspelt."""
    base = {"0x": 16, "0o": 8}.get(token[:2].lower(), 10)
    digits = token[2:] if base != 10 else token
    if base == 10 and len(token) > 1 and token[0] == "0":
        raise Misspelt("a number does not begin with 0; octal numbers begin with 0o")
    # Longest of all: 22 octal digits. int() is quadratic in the length.
    number = int(digits, base) if len(digits.lstrip("0")) <= 22 else MAX_INTEGER + 2
    if number > MAX_INTEGER + 1:
        raise Misspelt("the number does not fit 64 bits")
    return number


def read_float(token: str) -> float:
    """Read a decimal number. Raises Misspelt."""
    number = float(token)
    if math.isinf(number):
        raise Misspelt("the number is too large for a float")
    return number


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\", "`": "`", "/": "/"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[\s\S])")


def read_text(token: str) -> str:
    """Read a quoted text. Raises Misspelt for unknown escapes, half pairs and U+0000."""

    def plain(found: re.Match[str]) -> str:
        body = found[1]
        if len(body) > 1:
            code = int(body[1:], 16)
            if code > 0x10FFFF:
                raise Misspelt(f"\\{body} is past the last character, U+10FFFF")
            return chr(code)
        if body in "uU":
            raise Misspelt(f"\\{body} needs {4 if body == 'u' else 8} hexadecimal digits")
        if body not in _ESCAPES:
            raise Misspelt(f"the escape \\{body} is unknown; a backslash itself is written \\\\")
        return _ESCAPES[body]

    text = _ESCAPE.sub(plain, token[1:-1])
    if "\0" in text:
        raise Misspelt("U+0000 cannot occur in a text")
    try:
        # Two halves of a pair, each written as \uXXXX, are one character.
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise Misspelt("the text has half of a surrogate pair") from None


def write_text(text: str) -> str:
    """Write a text between single quotes; what cannot be printed as an escape."""
    out = []
    for character in text:
        if character in "'\\":
            out.append("\\" + character)
        elif character.isprintable():
            out.append(character)
        else:
            code = ord(character)
            out.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return "'" + "".join(out) + "'"
