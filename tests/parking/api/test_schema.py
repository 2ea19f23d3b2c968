"""The schema says all that a stranger needs: summaries, codes of refusals, an example of each body, true to shape."""

import io

import pytest
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft4Validator


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def bodies(operation):
    """Each JSON body of an operation: where, its shape, its examples."""
    told = {"request": operation.get("requestBody") or {}, **operation["responses"]}
    for where, body in told.items():
        for media_type, content in body.get("content", {}).items():
            if "json" in media_type:
                listed = [each["value"] for each in content.get("examples", {}).values()]
                yield str(where), content.get("schema"), listed + ([content["example"]] if "example" in content else [])


def plain(shape, schema):
    """An OpenAPI 3.0 shape as JSON Schema: references resolved, `nullable` as one more type."""
    if isinstance(shape, list):
        return [plain(each, schema) for each in shape]
    if not isinstance(shape, dict):
        return shape
    if "$ref" in shape:
        return plain(schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]], schema)
    made = {key: plain(value, schema) for key, value in shape.items() if key != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if shape.get("nullable") is True else made


def test_generating_it_warns_of_nothing():
    GENERATOR_STATS.reset()
    call_command("spectacular", "--validate", stdout=io.StringIO(), stderr=io.StringIO())
    assert (dict(GENERATOR_STATS._warn_cache), dict(GENERATOR_STATS._error_cache)) == ({}, {})


def test_every_operation_has_a_summary(schema):
    assert [name for name, operation in operations(schema) if len(operation.get("summary", "")) < 5] == []


def test_every_refusal_names_its_code(schema):
    silent = [
        (name, status)
        for name, operation in operations(schema)
        for status, answer in operation["responses"].items()
        if str(status) >= "400" and "`" not in answer["description"] and "example" not in str(answer["content"])
    ]
    assert silent == []


def test_what_every_view_may_refuse_is_told(schema):
    missing = []
    for name, operation in operations(schema):
        told = {str(status) for status in operation["responses"]}
        wanted = {"429"} if "/driver/" in name or "/public/" in name else set()
        if "requestBody" in operation and "/ingest/" not in name:
            wanted |= {"400", "415"}
        if operation.get("security") and {} not in operation["security"]:
            wanted |= {"401"}
        missing += [(name, sorted(wanted - told))] if wanted - told else []
    assert missing == []


def test_every_body_has_an_example(schema):
    bare = [
        (name, where)
        for name, operation in operations(schema)
        for where, shape, examples in bodies(operation)
        if shape is not None and not examples
    ]
    assert bare == []


def test_the_examples_are_true_to_their_shapes(schema):
    wrong = []
    for name, operation in operations(schema):
        for where, shape, examples in bodies(operation):
            for each in examples:
                for error in Draft4Validator(plain(shape, schema)).iter_errors(each):
                    wrong.append((name, where, "/".join(map(str, error.path)), error.message[:120]))
    assert wrong == []


def test_every_post_that_moves_money_wants_a_key(schema):
    wanting = {
        name
        for name, operation in operations(schema)
        if any(each["name"] == "Idempotency-Key" and each["required"] for each in operation.get("parameters", ()))
    }
    assert {
        "POST /api/v1/driver/payments/",
        "POST /api/v1/driver/guest/payments/",
        "POST /api/v1/driver/permits/",
        "POST /api/v1/driver/permits/{number}/renew/",
        "POST /api/v1/driver/permits/{number}/refund/",
    } <= wanting
