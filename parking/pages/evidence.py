"""`/evidence/<token>/`: one picture, for whom its link was made, for a few minutes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from parking import imaging, pictures

_WORDS = {
    "link_over": gettext_lazy("链接已过期，请回到原页面刷新后再看。"),
    "not_yours": gettext_lazy("这个链接不是给您的。"),
    "altered": gettext_lazy("照片与入库时不一致，已停止展示并通知管理员。"),
    "lost": gettext_lazy("照片文件丢失，已通知管理员。"),
    "deleted": gettext_lazy("照片已到保存期限，按规定删除。"),
}


@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The JPEG, never anything else; 404 for a forged link, 403 for another's, 410 for one that is over."""
    try:
        id_, which = pictures.open_link(token, user_id=request.user.pk)
        body = pictures.read(id_, which, now=timezone.now())
    except pictures.Gone as gone:
        return _refused(request, gone.reason)
    except pictures.StoreAway:
        answer = HttpResponse(_("照片库暂时连不上，请稍后再试。"), status=503, content_type="text/plain; charset=utf-8")
        answer["Retry-After"] = "30"
        return answer
    answer = HttpResponse(body, content_type=imaging.COPY_TYPE)
    answer["Cache-Control"] = f"private, max-age={int(pictures.LIVES.total_seconds())}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = 'inline; filename="evidence.jpg"'
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    status = {"no_such_link": 404, "not_yours": 403}.get(reason, 410)
    if status == 404:
        return render(request, "404.html", status=404)
    answer = HttpResponse(_WORDS.get(reason, ""), status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer
