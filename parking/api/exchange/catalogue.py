"""The catalogue, for anyone."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from parking.api.exchange import shapes
from parking.api.public import PublicView
from parking.exchange.catalogue import DATASETS, OWNER, DataSet, Sharing


class Catalogue(PublicView):
    """What data sets there are."""

    @extend_schema(responses={200: shapes.CATALOGUE, 429: shapes.LATER})
    def get(self, request: Request) -> Response:
        """Every data set with its fields, its sharing kind and its owner; those not shared say why."""
        return Response({"results": [_told(dataset) for dataset in DATASETS]})


def _told(dataset: DataSet) -> dict[str, object]:
    shared = dataset.sharing is not Sharing.NOT_SHARED
    return {
        "code": dataset.code,
        "name": dataset.name,
        "name_en": dataset.name_en,
        "summary": dataset.summary,
        "summary_en": dataset.summary_en,
        "owner": OWNER[0],
        "owner_en": OWNER[1],
        "sharing": dataset.sharing.value,
        "condition": dataset.condition,
        "condition_en": dataset.condition_en,
        "update": dataset.update,
        "update_en": dataset.update_en,
        "open_at": dataset.open_at or None,
        "data_at": f"/api/v1/exchange/data/{dataset.code}/" if shared else None,
        "fields": [
            {
                "key": field.key,
                "type": field.type,
                "nullable": field.nullable,
                "name": field.name,
                "name_en": field.name_en,
            }
            for field in dataset.fields
        ],
    }
