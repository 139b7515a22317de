"""From a model's answer to records: every kind of answer ends as data or as a typed error."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scrapy_c4.llm.errors import LLMError, MissingDependency

if TYPE_CHECKING:
    from scrapy_c4.llm.schemas import RecordSchema

#: Larger answers are not read, larger broken ones not repaired.
_MAX_ANSWER = 4_000_000
_MAX_REPAIR = 500_000
#: Places in prose where a JSON value is looked for.
_MAX_STARTS = 200
_MAX_ERRORS = 10
_LISTS = ("items", "records", "extracted_items", "data", "results", "blocks")

_THINKING = re.compile(r"<(think|thinking|thought|reasoning|scratchpad)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPEN_THINKING = re.compile(r"<(?:think|thinking|thought|reasoning|scratchpad)>", re.IGNORECASE)
_END_OF_THINKING = re.compile(r"</(?:think|thinking|thought|reasoning|scratchpad)>", re.IGNORECASE)
_FENCED = re.compile(
    r"(?:^|\n)[ \t]*(`{3,}|~{3,})[ \t]*(?:json\w*|javascript|js)?[ \t]*\n(.*?)\n[ \t]*\1", re.DOTALL | re.IGNORECASE
)
_INLINE_FENCE = re.compile(r"```(?:json)?(.*?)```", re.DOTALL | re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:(?:i'?m|i am) (?:very |really |so )?(?:sorry|unable|not able)|i (?:can'?t|cannot|can not|won'?t|will not|"
    r"must decline|decline)|(?:cannot|can'?t|unable to) (?:assist|help|comply|fulfil)|as an ai\b|my apologies|"
    r"i apologi[sz]e)",
    re.IGNORECASE,
)
_STARTS = re.compile(r"[\[{]")
#: What tells the beginning of a JSON value, however broken, from a bracket in prose.
_VALUE_START = re.compile(r"\{\s{0,40}(?:[\"'}]|\w{1,40}\s{0,3}:)|\[\s{0,40}[\"'{\[]")


@dataclass
class Choice:
    """One answer of a model, as the provider gave it."""

    content: str | None
    finish_reason: str | None = None
    refusal: str | None = None


@dataclass
class Reading:
    """What an answer says: records that are valid, and what was wrong with the others."""

    records: list[Any] = field(default_factory=list)
    errors: list[LLMError] = field(default_factory=list)


def read_choices(choices: list[Choice], schema: RecordSchema | None) -> Reading:
    """The first of ``choices`` that gives data; raises :exc:`LLMError` when none can be used."""
    failure: LLMError | None = None
    for choice in choices:
        try:
            return read_reply(choice, schema)
        except LLMError as error:
            failure = failure or error
    raise failure or LLMError("invalid_json", "the answer holds no choice")


def read_reply(choice: Choice, schema: RecordSchema | None) -> Reading:
    """The records of an answer; raises :exc:`LLMError` when it holds none that can be trusted."""
    reason = (choice.finish_reason or "").lower()
    if choice.refusal:
        raise LLMError("refused", f"the model refused: {choice.refusal}")
    if reason in ("content_filter", "safety", "recitation", "refusal", "content_filtered"):
        raise LLMError("refused", f"the provider withheld the answer ({reason})")
    if reason in ("length", "max_tokens", "model_length"):
        raise LLMError("truncated", "the answer was cut off at the limit: raise max_tokens or use smaller chunks")
    content = choice.content or ""
    if not content.strip():
        raise LLMError("invalid_json", "the answer is empty")
    if len(content) > _MAX_ANSWER:
        raise LLMError("invalid_json", f"the answer has {len(content)} characters")
    return _checked(_parse(content, schema), schema)


def _parse(content: str, schema: RecordSchema | None) -> list[Any]:
    """The records in the text of an answer."""
    value = _strict(content)
    if value is not _NOTHING:
        return _records(value, schema)
    content = _without_thinking(content)
    value = _strict(content)
    if value is not _NOTHING:
        return _records(value, schema)
    values = [value for value in map(_strict, _fenced(content)) if _usable(value)]
    values = values or _lines(content) or _embedded(content)
    if values:
        return _joined(values, schema)
    repaired = _repaired(content)
    if _usable(repaired):
        return _records(repaired, schema)
    if not _STARTS.search(content) and _REFUSAL.search(content[:400].replace("’", "'")):
        raise LLMError("refused", f"the model refused: {content.strip()[:200]}")
    raise LLMError("invalid_json", f"the answer is no JSON: {content.strip()[:200]}")


class _Nothing:
    pass


_NOTHING = _Nothing()


# NaN and the infinities, which JSON has not, say that there is no value.
_decoder = json.JSONDecoder(parse_constant=lambda name: None, strict=False)


def _strict(text: str) -> Any:
    try:
        return _decoder.decode(text.strip().lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return _NOTHING


def _usable(value: Any) -> bool:
    """Whether a value found inside other text can be an answer, rather than a footnote mark."""
    if isinstance(value, list):
        return not value or any(isinstance(part, (dict, list, str)) for part in value)
    return isinstance(value, dict)


def _without_thinking(text: str) -> str:
    text = _THINKING.sub("", text)
    # Some templates give the opening tag as part of the prompt.
    ends = list(_END_OF_THINKING.finditer(text))
    if ends:
        text = text[ends[-1].end() :]
    if opened := _OPEN_THINKING.search(text):
        text = text[: opened.start()]
    return text.strip()


def _fenced(text: str) -> list[str]:
    blocks = [match.group(2) for match in _FENCED.finditer(text)]
    return blocks or [match.group(1) for match in _INLINE_FENCE.finditer(text)]


def _lines(text: str) -> list[Any]:
    """JSON lines."""
    parts = [part for part in text.splitlines() if part.strip()]
    if len(parts) < 2:
        return []
    values = [_strict(part.strip().rstrip(",")) for part in parts]
    return values if all(isinstance(value, dict) for value in values) else []


def _embedded(text: str) -> list[Any]:
    """JSON values between prose; nothing when one of them is not whole."""
    values: list[Any] = []
    position = 0
    for _ in range(_MAX_STARTS):
        start = _STARTS.search(text, position)
        if start is None:
            return values
        try:
            value, position = _decoder.raw_decode(text, start.start())
        except RecursionError:
            return []
        except ValueError:
            if _VALUE_START.match(text, start.start()):
                # The beginning of a value that is broken: what follows would be parts of it.
                return []
            position = start.end()
            continue
        if _usable(value):
            values.append(value)
    return []


def _repaired(text: str) -> Any:
    """The value of an answer that is almost JSON; raises LLMError for one whose end is missing."""
    blocks = _fenced(text)
    if blocks:
        text = max(blocks, key=len)
    start = _STARTS.search(text)
    if start is None or len(text) > _MAX_REPAIR:
        return _NOTHING
    text = text[start.start() :]
    end = max(text.rfind("}"), text.rfind("]")) + 1
    if not end or _open_brackets(text[:end]) > 0:
        # A repair would close what the model never finished.
        raise LLMError("truncated", f"the answer ends in the middle: …{text[-100:].strip()}")
    try:
        from json_repair import repair_json
    except ImportError as error:
        raise MissingDependency("json-repair") from error
    try:
        # Through text, so that no NaN gets in.
        return _strict(str(repair_json(text[:end], ensure_ascii=False)))
    except (ValueError, RecursionError):
        return _NOTHING


def _open_brackets(text: str) -> int:
    """How many brackets outside of strings are open at the end."""
    outside = re.sub(r'"(?:[^"\\\n]|\\.)*"', "", text)
    return sum(outside.count(c) for c in "[{") - sum(outside.count(c) for c in "]}")


def _joined(values: list[Any], schema: RecordSchema | None) -> list[Any]:
    """The records of several values: a complete answer beats what stood before it, single objects add up."""
    if all(isinstance(value, dict) and not _is_wrapper(value, schema) for value in values):
        return [record for value in values for record in _records(value, schema)]
    complete = [value for value in values if isinstance(value, list) or _is_wrapper(value, schema)]
    return _records(complete[-1], schema)


def _is_wrapper(value: Any, schema: RecordSchema | None) -> bool:
    """Whether ``value`` is an object whose only list holds the records."""
    return _wrapped(value, schema) is not None


def _wrapped(value: Any, schema: RecordSchema | None) -> list[Any] | None:
    if not isinstance(value, dict):
        return None
    if schema is not None:
        inner = value.get(schema.wrapper, _NOTHING)
        if isinstance(inner, list) or inner is None:
            return inner or []
        if schema.properties & value.keys():
            return None
    lists = [key for key, inner in value.items() if isinstance(inner, list)]
    if len(lists) == 1 and (len(value) == 1 or lists[0] in _LISTS):
        inner = value[lists[0]]
        if schema is not None or len(value) == 1 or all(isinstance(part, dict) for part in inner):
            return list(inner)
    return None


def _records(value: Any, schema: RecordSchema | None) -> list[Any]:
    inner = _wrapped(value, schema)
    if inner is not None:
        value = inner
    if value is None or value == {}:
        return []
    if isinstance(value, list):
        return [part for part in value if part is not None]
    if isinstance(value, dict):
        if schema is not None and not (schema.properties & value.keys()) and len(value) == 1:
            # {"product": {…}}
            only = next(iter(value.values()))
            if isinstance(only, dict) and schema.properties & only.keys():
                return [only]
        return [value]
    if schema is not None and schema.errors(value) is None:
        return [value]
    raise LLMError("invalid_json", f"the answer is {json.dumps(value)[:100]}, neither an object nor a list")


def _checked(records: list[Any], schema: RecordSchema | None) -> Reading:
    reading = Reading()
    wrong = 0
    for number, record in enumerate(_encodable(records)):
        detail = schema.errors(record) if schema is not None else None
        if detail is None:
            reading.records.append(record)
            continue
        wrong += 1
        if wrong <= _MAX_ERRORS:
            reading.errors.append(LLMError("schema_mismatch", f"record {number}: {detail}"))
    if wrong > _MAX_ERRORS:
        reading.errors.append(LLMError("schema_mismatch", f"{wrong - _MAX_ERRORS} more records do not fit the schema"))
    return reading


def _encodable(records: list[Any]) -> list[Any]:
    """``records`` without halves of surrogate pairs, which no feed could write."""
    text = json.dumps(records, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        fixed: list[Any] = json.loads(text.encode("utf-8", "replace"))
        return fixed
    return records
