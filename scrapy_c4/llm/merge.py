"""One list of records from those of all chunks, without the duplicates that overlap brings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Part:
    """The records of one chunk, and whether it repeats the end of the chunk before it."""

    records: list[Any] = field(default_factory=list)
    overlaps: bool = False


def merge_records(
    parts: list[Part], *, container: bool = False, single: bool = False, blocks: bool = False
) -> list[Any]:
    """The records of ``parts`` in order.

    A record that the chunk before also gave, or gave more completely, is there once. ``container``: all records become
    one, their lists joined. ``single``: records of neighbouring chunks that agree in something and contradict each
    other in nothing become one. ``blocks``: they are numbered anew.
    """
    if container:
        return _one_container([record for part in parts for record in part.records])
    merged: list[Any] = []
    before: list[int] = []  # where in merged the records of the chunk before are
    for part in parts:
        here: list[int] = []
        free = list(before) if part.overlaps else []
        for record in part.records:
            place = next((index for index in free if _same(merged[index], record, blocks)), None)
            if place is None:
                place = next((index for index in free if _within(record, merged[index])), None)
            if place is None:
                place = next((index for index in free if _within(merged[index], record)), None)
                if place is not None:
                    merged[place] = record
            if place is None and single:
                place = next((i for i in (free or before) if _complement(merged[i], record)), None)
                if place is not None:
                    merged[place] = _union(merged[place], record)
            if place is None:
                merged.append(record)
                place = len(merged) - 1
            elif place in free:
                free.remove(place)
            here.append(place)
        # A chunk without records does not part its neighbours.
        before = here or before
    if blocks:
        for number, record in enumerate(merged):
            if isinstance(record, dict) and "index" in record:
                merged[number] = {**record, "index": number}
    return merged


def _same(one: Any, other: Any, blocks: bool) -> bool:
    if blocks and isinstance(one, dict) and isinstance(other, dict):
        return bool(one.get("content")) and one.get("content") == other.get("content")
    return _key(one) == _key(other)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _filled(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value not in (None, "", [], {})}


def _within(part: Any, whole: Any) -> bool:
    """Whether all that ``part`` says, ``whole`` says too."""
    if not isinstance(part, dict) or not isinstance(whole, dict):
        return False
    said = _filled(part)
    return bool(said) and all(key in whole and _key(whole[key]) == _key(value) for key, value in said.items())


def _complement(one: Any, other: Any) -> bool:
    """Whether two objects agree in a value and contradict each other in none but lists."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    first, second = _filled(one), _filled(other)
    agreed = False
    for key in first.keys() & second.keys():
        if isinstance(first[key], list) and isinstance(second[key], list):
            continue
        if _key(first[key]) != _key(second[key]):
            return False
        agreed = agreed or isinstance(first[key], str)
    return agreed


def _union(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    result = dict(one)
    for key, value in other.items():
        if isinstance(value, list) and isinstance(result.get(key), list):
            result[key] = _without_repeats(result[key] + value)
        elif result.get(key) in (None, "", [], {}):
            result[key] = value
    return result


def _one_container(records: list[Any]) -> list[Any]:
    if not records:
        return []
    result: dict[str, Any] = {}
    for record in records:
        for key, value in record.items():
            if isinstance(value, list):
                result[key] = _without_repeats(result.get(key, []) + value)
            else:
                result.setdefault(key, value)
    return [result]


def _without_repeats(values: list[Any]) -> list[Any]:
    seen: set[str] = set()
    kept = []
    for value in values:
        key = _key(value)
        if key not in seen:
            seen.add(key)
            kept.append(value)
    return kept
