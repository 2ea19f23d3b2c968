"""What a driver reads of an invoice: its state as a word, and what happens next."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from parking.pages.states import State
from payments.invoicing import InvoiceView

MAKING = State("making", _("开票中"), "clock", "brand", 0, _("一般几秒到几分钟开好，开好后这里会自动更新。"))
LOGIN = State("login", _("等待开票员"), "clock", "warn", 1, _("开票员要重新登录税务系统，登录后自动开好，不用再申请。"))
LATER = State("later", _("稍后重试"), "clock", "warn", 2, _("开票服务暂时不能开具，我们会自动重试，不用再申请。"))
STAFF = State("staff", _("人工处理中"), "look", "warn", 3, _("开出的金额与订单不符，财务正在处理，之后会重新开具。"))
FAILED = State("failed", _("没有开成"), "late", "bad", 4, _("请检查抬头和税号，然后重新申请。"))
GIVEN_UP = State("given_up", _("已撤销"), "void", "muted", 4, _("这次申请没有开票。如有需要可以重新申请。"))
ISSUED = State("issued", _("已开具"), "done", "good", 5, _("可以下载、转发或发到邮箱。"))
TURNING = State("turning", _("红冲中"), "clock", "warn", 6, _("退款后这张发票正在作废，退款不受影响。"))
BUYER = State("buyer", _("等购买方确认"), "look", "warn", 6, _("请购买方 72 小时内到税务系统确认。退款不受影响。"))
REVERSED = State("reversed", _("已红冲"), "void", "muted", 7, _("这张发票已经作废，不能再入账。"))
RED = State("red", _("红字发票"), "done", "muted", 7, _("它冲销了原来的发票。"))

REGIMES: dict[str, StrPromise] = {"vat": _("数电发票"), "fiscal": _("财政电子票据")}
FILES: dict[str, StrPromise] = {
    "pdf": _("PDF（查看打印）"),
    "ofd": _("OFD（原件，入账用）"),
    "xml": _("XML（数据文件）"),
    "picture": _("图片"),
}
CHANNELS: dict[str, StrPromise] = {"mail": _("邮件"), "link": _("链接")}
DELIVERIES: dict[str, StrPromise] = {
    "waiting": _("待发送"),
    "sending": _("发送中"),
    "sent": _("已发送"),
    "failed": _("发送失败"),
}


def state_of(invoice: InvoiceView) -> State:
    """The state a driver reads."""
    if invoice.status == "failed":
        if invoice.waits_for:
            return LATER if invoice.waits_for == "retry" else STAFF
        return GIVEN_UP if invoice.withdrawn else FAILED
    if invoice.red:
        return RED if invoice.status == "issued" else MAKING
    if invoice.status in ("red_required", "red_pending"):
        return BUYER if invoice.code_said == "BUYER" else TURNING
    return {"waiting_login": LOGIN, "issued": ISSUED, "reversed": REVERSED}.get(invoice.status, MAKING)
