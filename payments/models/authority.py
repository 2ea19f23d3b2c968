"""How far each role's word goes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Authority(models.Model):
    """What a role may give back alone, in fen; above it a second person must agree. A role without a row: nothing."""

    role = models.CharField(_("角色"), max_length=32, unique=True)
    refund_fen = models.BigIntegerField(_("单笔退款限额（分）"))
    changed_by = models.CharField(_("修改人"), max_length=150, blank=True)
    changed_at = models.DateTimeField(_("修改时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("退款权限")
        verbose_name_plural = _("退款权限")
        ordering = ["role"]
        constraints = [models.CheckConstraint(name="authority_not_negative", condition=Q(refund_fen__gte=0))]

    def __str__(self) -> str:
        return self.role
