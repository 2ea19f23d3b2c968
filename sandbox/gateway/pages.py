"""What a person sees: the payer's page, and the books with their knobs. Chinese, or English with ?lang=en."""

from html import escape
from typing import TYPE_CHECKING, Any

from sandbox.gateway import cashier
from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.faults import ANSWER_FAULTS, NOTICE_FAULTS, OPERATIONS
from sandbox.gateway.paper import GATEWAYS, WORDS, page, say
from sandbox.gateway.world import CHOICES, PLATE_STATES

if TYPE_CHECKING:
    from sandbox.gateway.server import Sandbox


def answer(sandbox: "Sandbox", request: Request) -> Response | None:
    """The page, or None when the path has none."""
    english = request.query.get("lang") == "en" or (
        "lang" not in request.query and request.headers.get("accept-language", "zh").lower().startswith("en")
    )
    if request.path == "/" and request.method == "GET":
        return page(_books(sandbox, english), english)
    if request.path.startswith("/pay/"):
        return cashier.answer(sandbox, request, english)
    return None


def _books(sandbox: "Sandbox", english: bool) -> str:
    other = '<a href="/?lang=zh">中文</a>' if english else '<a href="/?lang=en">English</a>'
    return "".join(
        (
            f'<h1>{say("title", english)}</h1><p class="muted">{say("lead", english)} {other}</p>',
            _knobs(sandbox, english),
            f"<h2>{say('orders', english)}</h2>{_orders(sandbox, english)}",
            f"<h2>{say('refunds', english)}</h2>{_refunds(sandbox, english)}",
            f"<h2>{say('notices', english)}</h2>{_notices(sandbox, english)}",
            f"<h2>{say('invoices', english)}</h2>{_invoices(sandbox, english)}",
            f"<h2>{say('messages', english)}</h2>{_messages(sandbox, english)}",
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
    choices = "".join(
        f'<div><label for="{name}">{say(name, english)}</label>'
        f"{_select(name, allowed, getattr(sandbox.world.knobs, name), english)}</div>"
        for name, allowed in CHOICES.items()
    )
    return (
        f'<h2>{say("knobs", english)}</h2><form class="knob card" method="post" action="/sandbox/knobs">'
        f"{choices}"
        f"<button>{say('set', english)}</button></form>"
        f'<h2>{say("plates", english)}</h2><form class="knob card" method="post" action="/sandbox/plates">'
        f'<div><label for="plate">{say("plate", english)}</label><input id="plate" name="plate" required></div>'
        f'<div><label for="state">{say("state", english)}</label>{_select("state", PLATE_STATES)}</div>'
        f"<button>{say('set', english)}</button></form>"
        f'<h2>{say("faults", english)}</h2><div class="card">{live}'
        '<form class="knob" method="post" action="/sandbox/faults"><input type="hidden" name="add" value="1">'
        f'<div><label for="fault">{say("fault", english)}</label>{_select("fault", faults)}</div>'
        f'<div><label for="operation">{say("operation", english)}</label>'
        f"{_select('operation', ('*', *OPERATIONS))}</div>"
        f'<div><label for="times">{say("times", english)}</label>'
        '<input id="times" name="times" type="number" value="1" min="-1"></div>'
        f"<button>{say('set', english)}</button></form>"
        '<form class="knob" method="post" action="/sandbox/faults">'
        f"<button>{say('clear', english)}</button></form></div>"
    )


def _table(head: tuple[str, ...], rows: list[str], english: bool) -> str:
    if not rows:
        return f'<div class="card"><p class="muted">{say("empty", english)}</p></div>'
    titles = "".join(f'<th class="{"num" if word == "amount" else ""}">{say(word, english)}</th>' for word in head)
    more = f'<p class="muted">{say("shown", english)}</p>' if len(rows) == 50 else ""
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
                say("pay_it" if result == "pay" else result, english),
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
        f"<td>{_button('notices', say('again', english), id=key)}</td></tr>"
        for key, notice in _latest(sandbox, "notices")
    ]
    return _table(("number", "event", "state", "tries", "answer"), rows, english)


def _invoices(sandbox: "Sandbox", english: bool) -> str:
    rows = []
    for _, invoice in _latest(sandbox, "invoices"):
        link = ""
        if invoice["number"]:
            address = sandbox.bureau.files(invoice)["pdf"]
            link = f'<a href="{escape(address)}">PDF</a>'
        rows.append(
            f"<tr><td>{escape(invoice['serial'])}</td><td>{escape(invoice['issuer'])}</td>"
            f'<td class="num">{invoice["gross"] / 100:.2f}</td><td>{escape(invoice["state"])}</td>'
            f"<td>{escape(invoice['number'])}</td><td>{link}</td></tr>"
        )
    return _table(("number", "issuer", "amount", "state", "issued_as"), rows, english)


def _messages(sandbox: "Sandbox", english: bool) -> str:
    rows = [
        f"<tr><td>{escape(message['to'])}</td><td>{escape(message['text'])}</td>"
        f"<td>{escape(message['at'][5:19])}</td><td></td></tr>"
        for _, message in _latest(sandbox, "messages")
    ]
    return _table(("number", "answer", "created"), rows, english)
