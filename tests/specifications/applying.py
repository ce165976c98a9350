"""What a program does that keeps a copy: puts the published differences on the version that it has."""

from __future__ import annotations

from typing import Any


def applied(told: dict[str, Any], old: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newer version's requirements, from the API's differences and the older version's requirements."""
    before = {item["key"]: item for item in old}
    new = {item["key"]: item for item in told["added"]}
    for change in told["changed"]:
        held = before[change["from_key"]]
        text = "".join(piece["text"] for piece in change["text"] if piece["kind"] != "added")
        assert text == held["text"]
        assert (
            "".join(piece["text"] for piece in change["text"] if piece["kind"] != "removed")
            == (change["after"]["text"])
        )
        for size_class, (was, now) in change["obligations"].items():
            assert (held["obligation"][size_class], change["after"]["obligation"][size_class]) == (was, now)
        assert {name for name in held if held[name] != change["after"][name]} == set(change["changes"])
        new[change["to_key"]] = change["after"]
    gone = set(told["removed"]) | {change["from_key"] for change in told["changed"]}
    kept = {key: item for key, item in before.items() if key not in gone}
    return [new[key] if key in new else kept[key] for key in told["order"]]
