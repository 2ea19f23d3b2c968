"""What a person sees: the payer's page, and the books with their knobs. Chinese, or English with ?lang=en."""

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.gateway import alipay_trades, wechat_orders
from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.faults import ANSWER_FAULTS, NOTICE_FAULTS, OPERATIONS
from sandbox.gateway.world import PLATE_STATES, SETTLEMENTS

if TYPE_CHECKING:
    from sandbox.gateway.server import Sandbox

STYLE = """
:root{--ground:#F5F6F8;--paper:#FFF;--ink:#1C2127;--muted:#5B636E;--line:#D9DDE3;--brand:#0B57D0;--good:#0B6B3A;
--bad:#B3261E}
@media(prefers-color-scheme:dark){:root{--ground:#14171B;--paper:#1E2329;--ink:#E8EBEF;--muted:#A3ACB8;--line:#363D46;
--brand:#8AB4F8;--good:#7FD1A3;--bad:#F2A49D}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"PingFang SC","Noto Sans SC",sans-serif}
main{max-width:1100px;margin:0 auto;padding:24px 16px}main.pay{max-width:420px}
h1{font-size:20px;margin:0 0 4px}h2{font-size:16px;margin:24px 0 8px}p{margin:0 0 12px}.muted{color:var(--muted)}
.card{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:16px}
.sum{font-size:40px;font-variant-numeric:tabular-nums;text-align:center;margin:16px 0}
button{min-height:44px;padding:0 16px;border:0;border-radius:10px;background:var(--brand);color:var(--paper);
font:inherit;cursor:pointer}.pay button{width:100%;background:var(--good)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:6px 8px;border-bottom:1px solid var(--line);white-space:nowrap}
td.num,th.num{text-align:right;font-variant-numeric:tabular-nums}
td button{min-height:32px;padding:0 10px;border-radius:6px;margin-right:4px}td form{display:inline}
form.knob{display:flex;gap:8px;flex-wrap:wrap;align-items:end}
label{display:block;font-size:14px;color:var(--muted)}input,select{font:inherit;min-height:44px;padding:0 8px;
border:1px solid var(--line);border-radius:6px;background:var(--paper);color:var(--ink);max-width:220px}
dl{display:grid;grid-template-columns:auto 1fr;gap:4px 16px;margin:0 0 16px}dt{color:var(--muted)}dd{margin:0;
text-align:right;overflow-wrap:anywhere}
"""

# The words of both languages, side by side.
WORDS = {
    "title": ("沙箱：外面的世界", "Sandbox: the world outside"),
    "lead": (
        "模拟的微信支付、支付宝、开票与短信。没有真钱。",
        "Simulated WeChat Pay, Alipay, invoices and SMS. No real money.",
    ),
    "orders": ("订单", "Orders"),
    "refunds": ("退款", "Refunds"),
    "notices": ("通知", "Notifications"),
    "messages": ("短信", "Messages"),
    "faults": ("故障", "Faults"),
    "knobs": ("结果", "Outcomes"),
    "plates": ("车牌签约", "Plates"),
    "number": ("商户单号", "Merchant number"),
    "kind": ("方式", "Way"),
    "amount": ("金额（元）", "Amount (yuan)"),
    "state": ("状态", "State"),
    "created": ("时间", "Time"),
    "tries": ("次数", "Tries"),
    "answer": ("回应", "Answer"),
    "event": ("事件", "Event"),
    "plate": ("车牌", "Plate"),
    "operation": ("操作", "Operation"),
    "fault": ("故障", "Fault"),
    "times": ("几次", "Times"),
    "settle": ("扣费结果", "Debits end as"),
    "set": ("设定", "Set"),
    "clear": ("清除故障", "Clear faults"),
    "again": ("再发", "Send again"),
    "empty": ("还没有记录。有人付款后会出现在这里。", "Nothing yet. It fills when somebody pays."),
    "pay": ("确认支付", "Pay now"),
    "paid": ("支付成功", "Paid"),
    "closed": ("订单已关闭或过期，请返回重新发起支付。", "This order is closed or expired. Go back and start again."),
    "absent": ("没有这笔订单。请返回重新发起支付。", "There is no such order. Go back and start again."),
    "back": ("返回商家", "Back to the merchant"),
    "play": ("这是模拟的付款页，不会扣真钱。", "A simulated payment page: no real money moves."),
    "payee": ("商品", "For"),
    "shown": ("只显示最近 50 条", "The latest 50 are shown"),
    "ok": ("成功", "ok"),
    "advance": ("垫资成功", "advanced"),
    "fail": ("失败", "fail"),
    "hold": ("等待手工", "hold"),
    "repay": ("用户还款", "repay"),
    "pay_it": ("付款", "pay"),
}
GATEWAYS = {"wechat": ("微信支付", "WeChat Pay"), "alipay": ("支付宝", "Alipay")}


def answer(sandbox: "Sandbox", request: Request) -> Response | None:
    """The page, or None when the path has none."""
    english = request.query.get("lang") == "en" or (
        "lang" not in request.query and request.headers.get("accept-language", "zh").lower().startswith("en")
    )
    if request.path == "/" and request.method == "GET":
        return _page(_books(sandbox, english), english)
    if request.path.startswith("/pay/"):
        return _pay(sandbox, request, english)
    return None


def _say(word: str, english: bool) -> str:
    return WORDS[word][english]


def _page(content: str, english: bool, kind: str = "", status: int = 200) -> Response:
    language = "en" if english else "zh-Hans"
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_say('title', english)}</title><style>{STYLE}</style>"
        f'<main class="{kind}">{content}</main></html>'
    )
    return Response(status=status, body=html.encode(), content_type="text/html; charset=utf-8")


# --- the payer's page -----------------------------------------------------------------------------------------------


def _pay(sandbox: "Sandbox", request: Request, english: bool) -> Response:
    prepay_id = request.path.removeprefix("/pay/")
    found = next((row for _, row in sandbox.world.books.rows("orders") if row.get("prepay_id") == prepay_id), None)
    if found is None:
        return _page(f'<div class="card"><p>{_say("absent", english)}</p></div>', english, "pay", 404)
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
    return _page(_pay_card(found, back, english, late=_late(sandbox, found)), english, "pay")


def _pay_card(order: Row, back: str, english: bool, *, late: bool) -> str:
    facts = f"<dl><dt>{_say('payee', english)}</dt><dd>{escape(order['description'])}</dd></dl>"
    link = f'<p><a href="{escape(back)}">{_say("back", english)}</a></p>' if back else ""
    if order["paid_at"]:
        action = f"<p><strong>{_say('paid', english)}</strong></p>{link}"
    elif late or order["state"] in ("CLOSED", "TRADE_CLOSED"):
        action = f"<p>{_say('closed', english)}</p>{link}"
    else:
        action = f'<form method="post"><button>{_say("pay", english)}</button></form>'
    return (
        f'<div class="card"><h1>{GATEWAYS[order["gateway"]][english]}</h1>'
        f'<p class="muted">{_say("play", english)}</p>'
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


# --- the books ------------------------------------------------------------------------------------------------------


def _books(sandbox: "Sandbox", english: bool) -> str:
    other = '<a href="/?lang=zh">中文</a>' if english else '<a href="/?lang=en">English</a>'
    return "".join(
        (
            f'<h1>{_say("title", english)}</h1><p class="muted">{_say("lead", english)} {other}</p>',
            _knobs(sandbox, english),
            f"<h2>{_say('orders', english)}</h2>{_orders(sandbox, english)}",
            f"<h2>{_say('refunds', english)}</h2>{_refunds(sandbox, english)}",
            f"<h2>{_say('notices', english)}</h2>{_notices(sandbox, english)}",
            f"<h2>{_say('messages', english)}</h2>{_messages(sandbox, english)}",
        )
    )


def _select(name: str, values: Any, chosen: str = "", english: bool = False) -> str:
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>'
        f"{WORDS[value][english] if value in WORDS else value}</option>"
        for value in values
    )
    return f'<select name="{name}" id="{name}">{options}</select>'


def _knobs(sandbox: "Sandbox", english: bool) -> str:
    faults = sorted(ANSWER_FAULTS) + sorted(NOTICE_FAULTS)
    live = "".join(
        f"<p>{escape(rule['fault'])} · {escape(rule['gateway'])} · {escape(rule['operation'])} · "
        f"{rule['times']} · {rule['hits']}</p>"
        for rule in sandbox.world.faults.listed()
    )
    return (
        f'<h2>{_say("knobs", english)}</h2><form class="knob card" method="post" action="/sandbox/knobs">'
        f'<div><label for="settle">{_say("settle", english)}</label>'
        f"{_select('settle', SETTLEMENTS, sandbox.world.knobs.settle, english)}</div>"
        f"<button>{_say('set', english)}</button></form>"
        f'<h2>{_say("plates", english)}</h2><form class="knob card" method="post" action="/sandbox/plates">'
        f'<div><label for="plate">{_say("plate", english)}</label><input id="plate" name="plate" required></div>'
        f'<div><label for="state">{_say("state", english)}</label>{_select("state", PLATE_STATES)}</div>'
        f"<button>{_say('set', english)}</button></form>"
        f'<h2>{_say("faults", english)}</h2><div class="card">{live}'
        '<form class="knob" method="post" action="/sandbox/faults"><input type="hidden" name="add" value="1">'
        f'<div><label for="fault">{_say("fault", english)}</label>{_select("fault", faults)}</div>'
        f'<div><label for="operation">{_say("operation", english)}</label>'
        f"{_select('operation', ('*', *OPERATIONS))}</div>"
        f'<div><label for="times">{_say("times", english)}</label>'
        '<input id="times" name="times" type="number" value="1" min="-1"></div>'
        f"<button>{_say('set', english)}</button></form>"
        '<form class="knob" method="post" action="/sandbox/faults">'
        f"<button>{_say('clear', english)}</button></form></div>"
    )


def _table(head: tuple[str, ...], rows: list[str], english: bool) -> str:
    if not rows:
        return f'<div class="card"><p class="muted">{_say("empty", english)}</p></div>'
    titles = "".join(f'<th class="{"num" if word == "amount" else ""}">{_say(word, english)}</th>' for word in head)
    more = f'<p class="muted">{_say("shown", english)}</p>' if len(rows) == 50 else ""
    return f'<div class="card wide"><table><tr>{titles}<th></th></tr>{"".join(rows)}</table>{more}</div>'


def _latest(sandbox: "Sandbox", table: str) -> list[tuple[str, Row]]:
    return list(sandbox.world.books.rows(table))[-50:][::-1]


def _button(action: str, label: str, **fields: str) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())
    return f'<form method="post" action="/sandbox/{action}">{hidden}<button>{escape(label)}</button></form>'


def _orders(sandbox: "Sandbox", english: bool) -> str:
    rows = []
    for _, order in _latest(sandbox, "orders"):
        results: tuple[str, ...] = ()
        if order["state"] == "ACCEPTED":
            results = ("ok", "advance", "fail")
        elif order["state"] in ("NOTPAY", "WAIT_BUYER_PAY"):
            results = ("pay",)
        elif order["advanced"] and not order.get("repaid", True):
            results = ("repay",)
        buttons = "".join(
            _button(
                "settle",
                _say("pay_it" if result == "pay" else result, english),
                gateway=order["gateway"],
                number=order["number"],
                result=result,
            )
            for result in results
        )
        rows.append(
            f"<tr><td>{escape(order['number'])}</td>"
            f"<td>{GATEWAYS[order['gateway']][english]} {escape(order['kind'])}</td>"
            f'<td>{escape(order["plate"])}</td><td class="num">{order["amount"] / 100:.2f}</td>'
            f"<td>{escape(order['state'])}</td><td>{escape(order['created_at'][5:19])}</td><td>{buttons}</td></tr>"
        )
    return _table(("number", "kind", "plate", "amount", "state", "created"), rows, english)


def _refunds(sandbox: "Sandbox", english: bool) -> str:
    rows = []
    for _, refund in _latest(sandbox, "refunds"):
        buttons = ""
        if refund["state"] == "PROCESSING":
            buttons = "".join(
                _button("refunds", state, number=refund["number"], state=state)
                for state in ("SUCCESS", "ABNORMAL", "CLOSED")
            )
        rows.append(
            f"<tr><td>{escape(refund['number'])}</td><td>{GATEWAYS[refund['gateway']][english]}</td>"
            f'<td class="num">{refund["amount"] / 100:.2f}</td><td>{escape(refund["state"])}</td>'
            f"<td>{escape(refund['created_at'][5:19])}</td><td>{buttons}</td></tr>"
        )
    return _table(("number", "kind", "amount", "state", "created"), rows, english)


def _notices(sandbox: "Sandbox", english: bool) -> str:
    rows = [
        f"<tr><td>{escape(notice['number'])}</td><td>{escape(notice['event'])}</td><td>{escape(notice['state'])}</td>"
        f"<td>{notice['tries']}</td><td>{escape(notice['answer'][:60])}</td>"
        f"<td>{_button('notices', _say('again', english), id=key)}</td></tr>"
        for key, notice in _latest(sandbox, "notices")
    ]
    return _table(("number", "event", "state", "tries", "answer"), rows, english)


def _messages(sandbox: "Sandbox", english: bool) -> str:
    rows = [
        f"<tr><td>{escape(message['to'])}</td><td>{escape(message['text'])}</td>"
        f"<td>{escape(message['at'][5:19])}</td><td></td></tr>"
        for _, message in _latest(sandbox, "messages")
    ]
    return _table(("number", "answer", "created"), rows, english)
