"""`python -m jobd types`: the payloads of all kinds, as TypeScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.contract.typescript import declarations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobd.handlers.registry import Handler

_HEAD = """\
// Printed by `python -m jobd types` from the models that jobd reads payloads with. Do not edit it:
// print it anew after an update of jobd.

"""


def types(handlers: Iterable[Handler]) -> str:
    """The text of the module `payloads.ts`."""
    schemas = {h.kind: h.model.model_json_schema(by_alias=True) for h in handlers}
    return _HEAD + declarations(schemas)
