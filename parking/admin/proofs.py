"""Pictures of licences that wait for a person's look."""

from typing import Any

from django.contrib import admin, messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parking import masking, traces, vehicles
from parking.admin.readonly import ReadOnlyAdmin
from parking.models import User, VehicleProof


@admin.register(VehicleProof)
class VehicleProofAdmin(ReadOnlyAdmin):
    """Who claims which plate, oldest first; the picture goes when it is decided."""

    list_display = ["asked_at", "masked_plate", "contested", "status", "decided_by", "decided_at"]
    list_filter = ["status", "contested"]
    list_select_related = ["vehicle", "decided_by"]
    ordering = ["-status", "asked_at"]

    def get_urls(self) -> list[URLPattern]:
        """With the picture, for whoever decides."""
        own = path("<int:pk>/picture/", self.admin_site.admin_view(self.picture), name="parking_vehicleproof_picture")
        return [own, *super().get_urls()]

    def picture(self, request: HttpRequest, pk: int) -> FileResponse:
        """The licence; every look leaves a trace."""
        proof = VehicleProof.objects.filter(pk=pk).first()
        if proof is None or not proof.file or not request.user.has_perm("parking.change_vehicleproof"):
            raise Http404
        traces.plates_seen(by=str(request.user), through="licence", query=str(pk), rows=1, now=timezone.now())
        return FileResponse(proof.file.open("rb"), content_type="image/jpeg")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One claim: the plate that was bound beside the licence; accept or refuse."""
        found = VehicleProof.objects.select_related("vehicle__user", "decided_by")
        proof = found.filter(pk=object_id if object_id.isdigit() else 0).first()
        if proof is None or not self.has_view_permission(request, proof):
            raise Http404
        may = request.user.has_perm("parking.change_vehicleproof") and proof.status == VehicleProof.Status.WAITING
        if request.method == "POST" and may and isinstance(request.user, User):
            accepted = "accept" in request.POST
            try:
                vehicles.decide_proof(
                    proof.pk,
                    accepted=accepted,
                    reason=request.POST.get("reason", "")[:300],
                    by=request.user,
                    now=timezone.now(),
                )
                self.message_user(request, gettext("已通过。") if accepted else gettext("已拒绝。"))
                return redirect("admin:parking_vehicleproof_changelist")
            except vehicles.Refused as error:
                self.message_user(request, error.message, messages.ERROR)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("车主核验"),
            "proof": proof,
            "may": may,
            "phone": masking.phone(proof.vehicle.user.phone or ""),
            **(extra_context or {}),
        }
        return render(request, "admin/proof.html", context)

    @admin.display(description=_("号牌号码"))
    def masked_plate(self, proof: VehicleProof) -> str:
        """鄂L1**45."""
        return masking.plate(proof.vehicle.plate)
