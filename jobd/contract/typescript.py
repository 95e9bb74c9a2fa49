"""JSON Schema, as pydantic prints it, as TypeScript (pure text).

Only what the payloads need: a schema that says more is refused, never printed as less.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]

_PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
_LIMITS = {
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "exclusiveMinimum": "more than {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
}
_SAID_BY_TYPE = {"type", "enum", "const", "anyOf", "$ref"}
_SAID_IN_WORDS = {"title", "description", "default", *_LIMITS}
_OBJECT_KEYS = {"type", "title", "description", "properties", "required", "$defs"}


class CannotTranslate(ValueError):
    """A schema says something that this module does not know."""


def declarations(payloads: Mapping[str, Schema]) -> str:
    """All interfaces, each once, and the map from kind to payload.

    Args:
        payloads: Each kind's JSON Schema.

    Returns:
        The text of a TypeScript module.

    Raises:
        CannotTranslate: A schema uses a word that is not known here.
    """
    named: dict[str, Schema] = {}
    for schema in payloads.values():
        for name, part in {**schema.get("$defs", {}), schema["title"]: schema}.items():
            if named.setdefault(name, part) != part:
                raise CannotTranslate(f"two different types are called {name}")
    blocks = [interface(name, schema) for name, schema in named.items()]
    kinds = [f"  {kind}: {schema['title']}\n" for kind, schema in payloads.items()]
    blocks.append(f"/** Which payload each kind of job takes. */\n{_block('Payloads', kinds)}")
    return "\n".join(blocks)


def interface(name: str, schema: Schema) -> str:
    """One object as an interface, with what its schema says in words."""
    if unknown := schema.keys() - _OBJECT_KEYS - {"additionalProperties"}:
        raise CannotTranslate(f"{name}: {', '.join(sorted(unknown))}")
    if schema.get("type") != "object" or schema.get("additionalProperties") is not False:
        raise CannotTranslate(f"{name} is no object with a fixed set of keys")
    required = schema.get("required", [])
    lines = [
        _property(key, part, required=key in required) for key, part in schema["properties"].items()
    ]
    return _comment(schema.get("description"), "") + _block(name, lines)


def _block(name: str, lines: list[str]) -> str:
    return f"export interface {name} {{\n{''.join(lines)}}}\n"


def _property(key: str, schema: Schema, *, required: bool) -> str:
    mark = "" if required else "?"
    return _comment("; ".join(_words(schema)), "  ") + f"  {key}{mark}: {type_of(schema)}\n"


def type_of(schema: Schema) -> str:
    """What a value may be.

    Raises:
        CannotTranslate: It cannot be said with plain types, literals and unions of them.
    """
    if unknown := schema.keys() - _SAID_BY_TYPE - _SAID_IN_WORDS:
        raise CannotTranslate(f"{', '.join(sorted(unknown))} in {json.dumps(schema)}")
    match schema:
        case {"$ref": str(reference)}:
            return reference.removeprefix("#/$defs/")
        case {"anyOf": list(choices)}:
            return " | ".join(dict.fromkeys(map(type_of, choices)))
        case {"enum": list(values)}:
            return " | ".join(json.dumps(value) for value in values)
        case {"const": value}:
            return json.dumps(value)
        case {"type": str(name)} if name in _PLAIN:
            return _PLAIN[name]
    raise CannotTranslate(json.dumps(schema))


def _words(schema: Schema) -> Iterator[str]:
    """What a type cannot say."""
    if "description" in schema:
        yield schema["description"]
    for part in (schema, *schema.get("anyOf", ())):
        if part.get("type") == "integer":
            yield "a whole number"
        yield from (text.format(part[key]) for key, text in _LIMITS.items() if key in part)
    if schema.get("default") is not None:
        yield f"default {json.dumps(schema['default'])}"


def _comment(text: str | None, indent: str) -> str:
    if not text:
        return ""
    return f"{indent}/** {' '.join(text.split()).replace('*/', '* /')} */\n"
