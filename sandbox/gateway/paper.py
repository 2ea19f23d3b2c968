"""The paper the sandbox's pages are printed on: style, words of both languages, the frame."""

from sandbox.gateway.exchange import Response

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
form.knob+form.knob{margin-top:12px}form.knob{display:flex;gap:8px;flex-wrap:wrap;align-items:end}
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
    "empty": ("还没有记录。", "Nothing yet."),
    "invoices": ("发票", "Invoices"),
    "issuer": ("开票方", "Issuer"),
    "issued_as": ("票号", "Issued as"),
    "refund": ("退款结果", "Refunds end as"),
    "issue": ("开票结果", "Invoices end as"),
    "red": ("红字确认单", "Red form"),
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


def say(word: str, english: bool) -> str:
    return WORDS[word][english]


def page(content: str, english: bool, kind: str = "", status: int = 200) -> Response:
    language = "en" if english else "zh-Hans"
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{say('title', english)}</title><style>{STYLE}</style>"
        f'<main class="{kind}">{content}</main></html>'
    )
    return Response(status=status, body=html.encode(), content_type="text/html; charset=utf-8")
