"""Just enough EBML (RFC 8794) to add an element to a Matroska file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def element(name: bytes, content: bytes) -> bytes:
    """An element, its size written in eight bytes."""
    return name + (len(content) | 1 << 56).to_bytes(8, "big") + content


def elements(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The elements side by side in some content: (name, content)."""
    at = 0
    while at < len(content):
        name_end = at + 9 - content[at].bit_length()
        begin = name_end + 9 - content[name_end].bit_length()
        marker = 1 << 7 * (begin - name_end)
        size = int.from_bytes(content[name_end:begin], "big") - marker
        yield content[at:name_end], content[begin : begin + size]
        at = begin + size


def put_into(content: bytes, path: tuple[bytes, ...], addition: bytes) -> bytes:
    """Add to the end of the element that the names lead to, from outside in."""
    if not path:
        return content + addition
    return b"".join(
        element(name, put_into(inner, path[1:], addition) if name == path[0] else inner)
        for name, inner in elements(content)
    )
