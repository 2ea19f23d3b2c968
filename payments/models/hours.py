"""Which hours' sums of money have changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangedHour(models.Model):
    """A scope's hour in which a charge was opened or money moved. PostgreSQL writes it (migration 0005) in the
    transaction of the change itself; who keeps sums takes it away (`payments.charges.take_changed_hours`)."""

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(_("路段编码"), max_length=32)
    hour_at = models.DateTimeField(_("小时"))

    class Meta:
        verbose_name = _("待汇总小时")
        verbose_name_plural = _("待汇总小时")

    def __str__(self) -> str:
        return f"{self.scope} {self.hour_at:%F %H}"
