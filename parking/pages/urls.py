"""The pages by address."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from parking.pages import (
    account,
    appeals,
    city,
    driver,
    evidence,
    invoice_links,
    invoices,
    orders,
    paying,
    public,
    roads,
    sign_in,
    site,
    titles,
    vehicles,
)


class PrintableConverter(StringConverter):
    """A part of an address without control characters: PostgreSQL takes no NUL, and no code of ours holds another."""

    regex = r"[^/\x00-\x1f\x7f]+"


register_converter(PrintableConverter, "printable")

app_name = "pages"
urlpatterns = [
    path("", public.home, name="home"),
    path("help/", public.help_page, name="help"),
    path("privacy/", public.privacy, name="privacy"),
    path("robots.txt", public.robots, name="robots"),
    path("sitemap.xml", public.sitemap, name="sitemap"),
    path("text-size/", site.text_size, name="text-size"),
    path("roads/", roads.listing, name="roads"),
    path("roads/<printable:code>/", roads.detail, name="road"),
    path("plate/", public.plate_ask, name="plate"),
    path("plate/due/", public.plate_due, name="plate-due"),
    path("plate/pay/", public.plate_pay, name="plate-pay"),
    path("paying/<printable:token>/", paying.result, name="paying"),
    path("paying/<printable:token>/go/", paying.go, name="paying-go"),
    path("paying/<printable:token>/now/", paying.now, name="paying-now"),
    path("driver/", driver.home, name="driver"),
    path("driver/now/", driver.now, name="driver-now"),
    path("driver/sign-in/", sign_in.phone, name="sign-in"),
    path("driver/sign-in/code/", sign_in.code, name="sign-in-code"),
    path("driver/sign-out/", sign_in.sign_out, name="sign-out"),
    path("driver/account/", account.account, name="account"),
    path("driver/account/privacy/", account.privacy, name="my-privacy"),
    path("driver/account/consent/", account.consent, name="my-consent"),
    path("driver/account/export/", account.export, name="my-export"),
    path("driver/account/end/", account.end, name="my-end"),
    path("driver/messages/", account.inbox, name="messages"),
    path("driver/messages/choices/", account.choices, name="message-choices"),
    path("driver/appeals/", appeals.listing, name="appeals"),
    path("driver/appeals/pictures/<int:pk>/", appeals.picture, name="appeal-picture"),
    path("driver/appeals/<printable:number>/", appeals.detail, name="appeal"),
    path("driver/appeals/<printable:number>/withdraw/", appeals.withdraw, name="appeal-withdraw"),
    path("driver/orders/<printable:number>/appeal/", appeals.appeal, name="appeal-new"),
    path("driver/mandates/", vehicles.mandates, name="mandates"),
    path("driver/vehicles/join/", vehicles.join, name="vehicle-join"),
    path("driver/vehicles/<int:pk>/", vehicles.detail, name="vehicle"),
    path("driver/vehicles/<int:pk>/proof/", vehicles.proof, name="vehicle-proof"),
    path("driver/vehicles/<int:pk>/invite/", vehicles.invite, name="vehicle-invite"),
    path("driver/vehicles/<int:pk>/shares/<int:share>/end/", vehicles.end_share, name="share-end"),
    path("driver/vehicles/<int:pk>/mandate/", vehicles.mandate, name="mandate"),
    path("driver/vehicles/add/", driver.vehicle_add, name="vehicle-add"),
    path("driver/vehicles/<int:pk>/remove/", driver.vehicle_remove, name="vehicle-remove"),
    path("driver/orders/", orders.listing, name="orders"),
    path("driver/orders/pay/", paying.pay_orders, name="orders-pay"),
    path("driver/orders/<printable:number>/", orders.detail, name="order"),
    path("driver/orders/<printable:number>/receipt.pdf", paying.receipt, name="receipt"),
    path("driver/invoices/", invoices.listing, name="invoices"),
    path("driver/invoices/ask/", invoices.ask, name="invoice-ask"),
    path("driver/invoices/auto/", titles.switch, name="invoice-auto"),
    path("driver/invoices/<printable:serial>/", invoices.detail, name="invoice"),
    path("driver/invoices/<printable:serial>/now/", invoices.now_part, name="invoice-now"),
    path("driver/invoices/<printable:serial>/send/", invoices.send, name="invoice-send"),
    path("driver/invoices/<printable:serial>/link/", invoices.link, name="invoice-link"),
    path("driver/invoices/<printable:serial>/breakdown.pdf", invoices.attachment, name="invoice-attachment"),
    path("driver/invoices/<printable:serial>/files/<slug:kind>/", invoices.file, name="invoice-file"),
    path("driver/statements/<int:year>-<int:month>.pdf", invoices.statement, name="statement"),
    path("driver/titles/", titles.listing, name="titles"),
    path("driver/titles/add/", titles.edit, name="title-add"),
    path("driver/titles/<int:pk>/", titles.edit, name="title"),
    path("driver/titles/<int:pk>/default/", titles.make_default, name="title-default"),
    path("driver/titles/<int:pk>/remove/", titles.remove, name="title-remove"),
    path("i/<slug:token>/", invoice_links.page, name="invoice-behind-link"),
    path("i/<slug:token>/breakdown.pdf", invoice_links.attachment, name="invoice-behind-link-attachment"),
    path("i/<slug:token>/<slug:kind>/", invoice_links.file, name="invoice-behind-link-file"),
    path("evidence/<printable:token>/", evidence.picture, name="evidence"),
    path("city/", city.live, name="city"),
    path("city/now/", city.now, name="city-now"),
    path("city/now.json", city.now_json, name="city-now-json"),
    path("city/roads/<printable:code>/", city.road, name="city-road"),
    path("city/sign-in/", city.SignIn.as_view(), name="city-sign-in"),
]
