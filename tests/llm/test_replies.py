from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapy_c4.extractors import regex_guard
from scrapy_c4.llm.errors import ERROR_TYPES, LLMError
from scrapy_c4.llm.merge import Part, merge_records
from scrapy_c4.llm.replies import Choice, read_choices, read_reply
from scrapy_c4.llm.schemas import RecordSchema
from scrapy_c4.options import OptionError

PRODUCT = RecordSchema(
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "price": {"type": ["number", "null"]}},
        "required": ["name"],
    }
)
A, B = {"name": "a"}, {"name": "b"}

DATA: list[tuple[str, list[Any]]] = [
    ('[{"name":"a"}]', [A]),
    ('{"items":[{"name":"a"},{"name":"b"}]}', [A, B]),
    ('{"products":[{"name":"a"}]}', [A]),
    ('{"data":[{"name":"a"}],"total":1}', [A]),
    ('{"product":{"name":"a"}}', [A]),
    ('{"name":"a","price":2}', [{"name": "a", "price": 2}]),
    ('\ufeff  {"name":"a"}\n', [A]),
    ('```json\n[{"name":"a"}]\n```', [A]),
    ('```\n{"name":"a"}\n```\nDone.', [A]),
    ('```json {"name":"a"}```', [A]),
    ('```json\n{"name":"a"}\n```\nand\n```json\n{"name":"b"}\n```', [A, B]),
    ('First try:\n```json\n[{"name":"x"}]\n```\nBetter:\n```json\n[{"name":"a"}]\n```', [A]),
    ('Sure! See [1].\n\n{"name":"a"}\n\nHope {that} helps [2].', [A]),
    ('<think>{"name":"draft"}</think>{"name":"a"}', [A]),
    ('<thinking>\n{"items":[{"name":"draft"}, {"name":"draft2"}]}\n</thinking>\n{"name":"a"}', [A]),
    ('so {"name":"draft"} it is</think>\n{"name":"a"}', [A]),
    ('{"name":"<think>a"}', [{"name": "<think>a"}]),
    ('{"name":"a"}\n{"name":"b"}', [A, B]),
    ('{"name":"a"},\n{"name":"b"},', [A, B]),
    ("{'name': 'a', 'price': None,}", [{"name": "a", "price": None}]),
    ('{"name":"a", // no price\n}', [A]),
    ('{name: "a"}', [A]),
    ('{"name":"a "quoted" b"}', [{"name": 'a "quoted" b'}]),
    ('{"name":"a\nb"}', [{"name": "a\nb"}]),
    ('{"name":"}]{[\\""}', [{"name": '}]{["'}]),
    ('{"name":"a","price":NaN}', [{"name": "a", "price": None}]),
    ('{"name":"\\ud83d\\ude00 \\ud800"}', [{"name": "😀 ?"}]),
    ('{"items":[]}', []),
    ("[]", []),
    ("{}", []),
    ("null", []),
    ('{"items":null}', []),
]


@pytest.mark.parametrize(("content", "records"), DATA)
def test_answers_with_data(content: str, records: list[Any]) -> None:
    reading = read_reply(Choice(content, "stop"), PRODUCT)
    assert (reading.records, reading.errors) == (records, [])
    json.dumps(reading.records, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("choice", "type_"),
    [
        (Choice('[{"name":"a"}]', "length"), "truncated"),
        (Choice(None, "length"), "truncated"),
        (Choice('[{"name":"a"},{"name":"b"},{"na', "stop"), "truncated"),
        (Choice('```json\n[{"name":"a"},{"name":"b"', "stop"), "truncated"),
        (Choice('{"items": [{"name": "a}', "stop"), "truncated"),
        (Choice("[" * 100_000, "stop"), "truncated"),
        (Choice('{"a":' * 100_000, "stop"), "truncated"),
        (Choice('[{"name":"a"}]', "content_filter"), "refused"),
        (Choice(None, "stop", "No."), "refused"),
        (Choice("I'm sorry, but I can’t help with that.", "stop"), "refused"),
        (Choice("I cannot extract that.", "stop"), "refused"),
        (Choice("", "stop"), "invalid_json"),
        (Choice(None, "stop"), "invalid_json"),
        (Choice("  \n", None), "invalid_json"),
        (Choice("lorem ipsum", "stop"), "invalid_json"),
        (Choice("42", "stop"), "invalid_json"),
        (Choice('"just text"', "stop"), "invalid_json"),
        (Choice('<think>never ends {"name":"a"}', "stop"), "invalid_json"),
        (Choice("{" * 300_000, "stop"), "truncated"),
        (Choice("x" * 5_000_000, "stop"), "invalid_json"),
    ],
)
def test_answers_without_data(choice: Choice, type_: str) -> None:
    with pytest.raises(LLMError) as raised:
        read_reply(choice, PRODUCT)
    assert raised.value.type == type_
    assert len(raised.value.message) < 600


def test_wrong_records_are_left_out_and_told() -> None:
    reading = read_reply(Choice(json.dumps([A, {"name": 5}, "b", {"price": 1}]), "stop"), PRODUCT)
    assert reading.records == [A]
    assert [(e.type, e.message) for e in reading.errors] == [
        ("schema_mismatch", "record 1: name: 5 is not of type 'string'"),
        ("schema_mismatch", "record 2: the record: 'b' is not of type 'object'"),
        ("schema_mismatch", "record 3: the record: 'name' is a required property"),
    ]
    many = read_reply(Choice(json.dumps([{"name": n} for n in range(500)]), "stop"), PRODUCT)
    assert (many.records, len(many.errors)) == ([], 11)
    assert many.errors[-1].message.startswith("490 more")


def test_patterns_of_a_schema_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_guard, "PAGE_SECONDS", 0.3)
    schema = RecordSchema({"type": "object", "properties": {"a": {"pattern": "^(x|xx)+$"}, "b": {"pattern": "^[0-9]"}}})
    assert "regex timed out" in (schema.errors({"a": "x" * 100 + "!"}) or "")
    assert schema.errors({"a": "xx", "b": "5"}) is None
    assert schema.errors({"b": "five"}) == "b: 'five' does not match '^[0-9]'"
    assert schema.errors({"b": 5}) is None


def test_the_first_good_choice_counts() -> None:
    reading = read_choices([Choice("?", "stop"), Choice('{"name":"a"}', "stop")], PRODUCT)
    assert reading.records == [A]
    with pytest.raises(LLMError, match="no choice"):
        read_choices([], PRODUCT)


@pytest.mark.parametrize(
    ("content", "records"),
    [
        ('[{"x":1},{"y":[2]}]', [{"x": 1}, {"y": [2]}]),
        ('{"items":[{"x":1}]}', [{"x": 1}]),
        ('{"title":"t","tags":["a","b"]}', [{"title": "t", "tags": ["a", "b"]}]),
        ('{"blocks":[{"index":0,"tags":["a"],"content":["c"]}]}', [{"index": 0, "tags": ["a"], "content": ["c"]}]),
    ],
)
def test_without_a_schema(content: str, records: list[Any]) -> None:
    assert read_reply(Choice(content, "stop"), None).records == records


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.text('{}[]":,\\ \na1`', max_size=80),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        ).map(json.dumps),
    ),
    st.booleans(),
)
def test_any_answer_is_data_or_a_typed_error(content: str, with_schema: bool) -> None:
    try:
        reading = read_reply(Choice(content, "stop"), PRODUCT if with_schema else None)
    except LLMError as error:
        kind = error.type
    else:
        kind = "data"
    assert kind in ("data", *ERROR_TYPES)
    if kind != "data":
        return
    json.dumps(reading.records, allow_nan=False, ensure_ascii=False).encode()
    if with_schema:
        assert all(PRODUCT.errors(record) is None for record in reading.records)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"name": st.text(max_size=10), "price": st.integers()}), min_size=1, max_size=5),
    st.data(),
)
def test_a_cut_answer_gives_no_record_that_was_not_there(records: list[Any], data: st.DataObject) -> None:
    whole = json.dumps({"items": records})
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    with pytest.raises(LLMError):
        read_reply(Choice(cut, "stop"), PRODUCT)


# --- Schemas


def test_schemas_of_all_kinds() -> None:
    from pydantic import BaseModel, field_validator

    class Entity(BaseModel):
        name: str

    class Graph(BaseModel):
        entities: list[Entity]
        edges: list[Entity]

    class Even(BaseModel):
        number: int

        @field_validator("number")
        @classmethod
        def even(cls, value: int) -> int:
            if value % 2:
                raise ValueError("odd")
            return value

    for given_ in (Graph, Graph.model_json_schema(), json.dumps(Graph.model_json_schema())):
        schema = RecordSchema(given_)
        assert schema.is_container
        assert not schema.is_list
        assert schema.errors({"entities": [{"name": "a"}], "edges": []}) is None
        assert schema.errors({"entities": [{"nme": "a"}], "edges": []}) == "entities/0: 'name' is a required property"
    items = RecordSchema({"type": "array", "items": {"$ref": "#/$defs/E"}, "$defs": {"E": Entity.model_json_schema()}})
    assert items.is_list
    assert items.properties == {"name"}
    assert items.errors({"name": 1}) == "name: 1 is not of type 'string'"
    assert "odd" in (RecordSchema(Even).errors({"number": 3}) or "")
    taken = RecordSchema({"type": "object", "properties": {"items": {"type": "array"}, "x": {}}})
    assert taken.wrapper == "records"
    assert read_reply(Choice('{"items": [1], "x": 2}', "stop"), taken).records == [{"items": [1], "x": 2}]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON schema"),
        ({}, "must be a JSON schema"),
        (5, "must be a JSON schema"),
        (int, "no pydantic model"),
        ({"type": "nonsense"}, "not a JSON schema"),
        ({"$ref": "http://127.0.0.1:9/x.json"}, "leads to nothing inside the schema"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/missing"}}}, "leads to nothing inside the schema"),
    ],
)
def test_schemas_that_are_none(schema: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        RecordSchema(schema)


def test_response_format_keeps_definitions_at_the_root() -> None:
    schema = RecordSchema(
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "null"}}}
    )
    form = schema.response_format()
    assert form is not None
    inner = form["json_schema"]["schema"]
    assert inner["$defs"] == {"A": {"type": "null"}}
    assert inner["properties"]["items"]["items"] == {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}
    tree = RecordSchema({"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}})
    assert tree.response_format() is None


# --- Merging


def part(*records: Any, overlaps: bool = True) -> Part:
    return Part(list(records), overlaps)


A1, A2 = {"name": "a", "price": 1}, {"name": "a", "price": 2}
XY, ZY = {"t": "x", "by": "y"}, {"t": "z", "by": "y"}
BLOCK_X, BLOCK_Y = {"index": 0, "content": ["x"]}, {"index": 1, "content": ["y"]}


@pytest.mark.parametrize(
    ("parts", "how", "merged"),
    [
        ([part(A, B), part(B, {"name": "c"})], {}, [A, B, {"name": "c"}]),
        ([part(A), part(A), part(A)], {}, [A]),
        # Two of a kind on the page, one of them in both chunks.
        ([part(A, A), part(A)], {}, [A, A]),
        # Without overlap nothing can be there twice.
        ([part(A), part(A, overlaps=False)], {}, [A, A]),
        ([part(A), part(B), part(A)], {}, [A, B, A]),
        # Cut off in one chunk, whole in the other.
        ([part({"name": "a", "price": None}), part({"name": "a", "price": 1})], {}, [{"name": "a", "price": 1}]),
        ([part({"name": "a", "price": 1}), part({"name": "a"})], {}, [{"name": "a", "price": 1}]),
        ([part(A1), part(A2)], {}, [A1, A2]),
        # One thing described over several chunks.
        (
            [part({"t": "x", "by": "y", "tags": ["1"]}), part({"t": "x", "on": "z", "tags": ["1", "2"]})],
            {"single": True},
            [{"t": "x", "by": "y", "tags": ["1", "2"], "on": "z"}],
        ),
        ([part(XY), part(ZY)], {"single": True}, [XY, ZY]),
        ([part({"t": "x"}), part({"by": "y"})], {"single": True}, [{"t": "x"}, {"by": "y"}]),
        (
            [part({"e": [A], "r": []}), part({"e": [A, B], "r": [1]}, {"e": [], "r": [1, 2]})],
            {"container": True},
            [{"e": [A, B], "r": [1, 2]}],
        ),
        ([part()], {"container": True}, []),
        ([part(BLOCK_X), part(BLOCK_X, BLOCK_Y)], {"blocks": True}, [BLOCK_X, BLOCK_Y]),
        ([part(BLOCK_X), part(BLOCK_Y), part(BLOCK_X)], {"blocks": True}, [BLOCK_X, BLOCK_Y, {**BLOCK_X, "index": 2}]),
    ],
)  # fmt: skip
def test_merging(parts: list[Part], how: dict[str, bool], merged: list[Any]) -> None:
    assert merge_records(parts, **how) == merged
