import pytest

from sensors import codecs

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(client):
    return client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()


def test_the_neutral_door_is_described_with_an_example_and_its_errors(schema):
    door = schema["paths"]["/api/v1/ingest/events/"]["post"]
    assert set(door["responses"]) == {"202", "400", "401", "403", "413", "429", "503"}
    content = door["requestBody"]["content"]["application/json"]
    event = content["schema"]["properties"]["events"]["items"]
    assert set(content["example"]["events"][0]) <= set(event["properties"])
    assert set(event["required"]) <= set(content["example"]["events"][0])


def test_the_vendors_door_names_every_codec(schema):
    door = schema["paths"]["/api/v1/ingest/{codec}/"]["post"]
    assert door["parameters"][0]["schema"]["enum"] == sorted(codecs.CODECS)
    used = {name for way in door["security"] for name in way}
    assert used <= set(schema["components"]["securitySchemes"])
    assert "/api/v1/city/devices/health/" in schema["paths"]
