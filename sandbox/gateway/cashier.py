"""The payer's page: what an order is for, and the button that pays it."""

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.gateway import alipay_trades, wechat_orders
from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.paper import GATEWAYS, page, say

if TYPE_CHECKING:
    from sandbox.gateway.server import Sandbox


def answer(sandbox: "Sandbox", request: Request, english: bool) -> Response:
    prepay_id = request.path.removeprefix("/pay/")
    found = next((row for _, row in sandbox.world.books.rows("orders") if row.get("prepay_id") == prepay_id), None)
    if found is None:
        return page(f'<div class="card"><p>{say("absent", english)}</p></div>', english, "pay", 404)
    back = _back(sandbox, found, request)
    if request.method == "POST":
        try:
            if found["gateway"] == "wechat":
                wechat_orders.pay(sandbox.wechat, found["number"])
            else:
                alipay_trades.pay(sandbox.alipay, found["number"])
        except ValueError:
            # Paid or closed meanwhile: the page says which.
            return Response(status=303, headers={"Location": request.target})
        return Response(status=303, headers={"Location": back or request.target})
    if found["gateway"] == "alipay":
        found = alipay_trades.opened(sandbox.alipay, found)
    return page(_pay_card(found, back, english, late=_late(sandbox, found)), english, "pay")


def _pay_card(order: Row, back: str, english: bool, *, late: bool) -> str:
    facts = f"<dl><dt>{say('payee', english)}</dt><dd>{escape(order['description'])}</dd></dl>"
    link = f'<p><a href="{escape(back)}">{say("back", english)}</a></p>' if back else ""
    if order["paid_at"]:
        action = f"<p><strong>{say('paid', english)}</strong></p>{link}"
    elif late or order["state"] in ("CLOSED", "TRADE_CLOSED"):
        action = f"<p>{say('closed', english)}</p>{link}"
    else:
        action = f'<form method="post"><button>{say("pay", english)}</button></form>'
    return (
        f'<div class="card"><h1>{GATEWAYS[order["gateway"]][english]}</h1>'
        f'<p class="muted">{say("play", english)}</p>'
        f'<div class="sum">¥{order["amount"] / 100:.2f}</div>{facts}{action}</div>'
    )


def _back(sandbox: "Sandbox", order: Row, request: Request) -> str:
    if order["gateway"] == "alipay":
        return alipay_trades.return_address(sandbox.alipay, order) if order["paid_at"] else order["return_url"]
    wanted = request.query.get("redirect_url", "")
    return wanted if urlsplit(wanted).scheme in ("http", "https") else ""


def _late(sandbox: "Sandbox", order: Row) -> bool:
    expires = order.get("expires_at")
    return bool(expires) and datetime.fromisoformat(str(expires)) < sandbox.world.now()
