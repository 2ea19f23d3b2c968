"""The exchange's answers as the OpenAPI schema tells them."""

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

ERROR = inline_serializer(
    "ExchangeError",
    {
        "code": serializers.CharField(help_text="stable, for programs"),
        "message": serializers.CharField(help_text="for people, in the caller's language"),
        "fields": serializers.DictField(child=serializers.CharField(), help_text="what is wrong with which field"),
    },
)
FIELD = inline_serializer(
    "DataSetField",
    {
        "key": serializers.CharField(),
        "type": serializers.ChoiceField(
            ["string", "integer", "number", "boolean", "datetime", "object", "array"], help_text="JSON type of the item"
        ),
        "nullable": serializers.BooleanField(),
        "name": serializers.CharField(),
        "name_en": serializers.CharField(),
    },
)
DATASET = inline_serializer(
    "DataSet",
    {
        "code": serializers.CharField(),
        "name": serializers.CharField(),
        "name_en": serializers.CharField(),
        "summary": serializers.CharField(),
        "summary_en": serializers.CharField(),
        "owner": serializers.CharField(),
        "owner_en": serializers.CharField(),
        "sharing": serializers.ChoiceField(["unconditional", "conditional", "not_shared"]),
        "condition": serializers.CharField(help_text="what a department must show, or why it is not shared"),
        "condition_en": serializers.CharField(),
        "update": serializers.CharField(),
        "update_en": serializers.CharField(),
        "open_at": serializers.CharField(allow_null=True, help_text="where anyone reads the same without a key"),
        "data_at": serializers.CharField(allow_null=True, help_text="where the holder of a key reads it"),
        "fields": serializers.ListField(child=FIELD),
    },
)
CATALOGUE = inline_serializer("Catalogue", {"results": serializers.ListField(child=DATASET)})
APPLICATION = inline_serializer(
    "DataApplicationTold",
    {
        "number": serializers.CharField(),
        "department": serializers.CharField(),
        "datasets": serializers.ListField(child=serializers.CharField()),
        "purpose": serializers.CharField(),
        "basis": serializers.CharField(),
        "daily_calls": serializers.IntegerField(),
        "days": serializers.IntegerField(),
        "status": serializers.ChoiceField(["applied", "approved", "refused"], help_text="of the application"),
        "applied_at": serializers.DateTimeField(),
        "decided_at": serializers.DateTimeField(allow_null=True),
        "reason": serializers.CharField(),
        "grant": serializers.DictField(allow_null=True, help_text="from, to, revoked_at, daily_calls, minute_calls"),
    },
)
APPLICATIONS = inline_serializer("DataApplications", {"results": serializers.ListField(child=APPLICATION)})
KEY = inline_serializer(
    "DataKeyOnce", {"key": serializers.CharField(help_text="shown once; keep it"), "hint": serializers.CharField()}
)
CHANGE = inline_serializer(
    "DataChangeTold",
    {
        "id": serializers.CharField(help_text="the row's identity within its data set"),
        "changed_at": serializers.DateTimeField(),
        "deleted": serializers.BooleanField(help_text="the row is no longer there, or no longer counts"),
        "row": serializers.DictField(allow_null=True, help_text="the data set's fields as they are now"),
    },
)
PAGE = inline_serializer(
    "DataPage",
    {
        "dataset": serializers.CharField(),
        "results": serializers.ListField(child=CHANGE),
        "next": serializers.CharField(help_text="the cursor to ask with next; keep it when the page was kept"),
        "more": serializers.BooleanField(help_text="there is more right now"),
    },
)
SUBSCRIPTION = inline_serializer(
    "DataSubscriptionTold",
    {
        "number": serializers.CharField(),
        "dataset": serializers.CharField(),
        "cursor": serializers.CharField(help_text="what has been acknowledged"),
        "created_at": serializers.DateTimeField(),
        "acknowledged_at": serializers.DateTimeField(allow_null=True),
    },
)
SUBSCRIPTIONS = inline_serializer("DataSubscriptions", {"results": serializers.ListField(child=SUBSCRIPTION)})
CALLS = inline_serializer(
    "DataCalls",
    {"results": serializers.ListField(child=serializers.DictField()), "daily_calls": serializers.IntegerField()},
)
_LINE = inline_serializer(
    "ExchangeLine",
    {
        "code": serializers.CharField(),
        "name": serializers.CharField(),
        "name_en": serializers.CharField(),
        "calls": serializers.IntegerField(),
        "rows": serializers.IntegerField(),
        "refused": serializers.IntegerField(),
    },
    many=True,
)
NUMBERS = inline_serializer(
    "ExchangeNumbers",
    {
        "from": serializers.DateField(),
        "to": serializers.DateField(),
        "departments": serializers.IntegerField(),
        "departments_with_grant": serializers.IntegerField(),
        "catalogues": serializers.DictField(child=serializers.IntegerField()),
        "fields": serializers.IntegerField(),
        "applications": serializers.DictField(child=serializers.IntegerField()),
        "grants": serializers.IntegerField(),
        "subscriptions": serializers.IntegerField(),
        "calls": serializers.IntegerField(),
        "rows": serializers.IntegerField(),
        "refused": serializers.IntegerField(),
        "by_department": _LINE,
        "by_dataset": _LINE,
        "by_day": serializers.ListField(child=serializers.DictField()),
    },
)

WRONG = OpenApiResponse(ERROR, description="A field is wrong; `fields` names it.")
NO_KEY = OpenApiResponse(ERROR, description="No key, or one that is unknown, revoked or out of force.")
NO_RIGHT = OpenApiResponse(ERROR, description="Not granted.")
NOT_THERE = OpenApiResponse(ERROR, description="There is no such thing, or it is another's.")
TAKEN = OpenApiResponse(ERROR, description="It does not fit what stands: decided, ended.")
GONE = OpenApiResponse(ERROR, description="A cursor from before the tables were put back: begin without one.")
LATER = OpenApiResponse(ERROR, description="Over the rate or the day's quota; `Retry-After` says in how many seconds.")
