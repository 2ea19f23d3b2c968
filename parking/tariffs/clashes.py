"""Two versions that would be law at once."""

from parking.models import TariffVersion


def clashing(version: TariffVersion) -> TariffVersion | None:
    """The approved version of the same zone and of a common vehicle class that begins at the same instant, if any.

    The database refuses such a pair too (trigger of migration 0005); this finds it before, for a sentence.
    """
    others = TariffVersion.objects.filter(
        zone=version.zone, in_force_from=version.in_force_from, status=TariffVersion.Status.APPROVED
    ).exclude(pk=version.pk)
    classes = set(version.vehicle_classes)
    return next(
        (other for other in others if not classes or not other.vehicle_classes or classes & set(other.vehicle_classes)),
        None,
    )
