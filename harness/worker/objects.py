"""What stands for an object in a request, made into it: options that a constructor takes."""

from __future__ import annotations

from typing import Any


class Options(dict[str, Any]):
    """Options that can be had as attributes and by name, as the course's are."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the options have no {name}; they have {', '.join(self) or 'nothing'}") from None


def made(value: Any) -> Any:
    """A value of a request, or the object that it stands for."""
    if isinstance(value, dict) and set(value) == {"options"}:
        return Options(value["options"])
    return value
