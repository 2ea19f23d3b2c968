"""The driver's API by address."""

from django.urls import path

from parking.api.driver import account, appeals, payments, sessions, sign_in, vehicles

urlpatterns = [
    path("sign-in/code/", sign_in.SendCode.as_view(), name="driver-code"),
    path("sign-in/", sign_in.SignIn.as_view(), name="driver-sign-in"),
    path("sign-in/wechat/", sign_in.WeChatSignIn.as_view(), name="driver-sign-in-wechat"),
    path("sign-out/", sign_in.SignOut.as_view(), name="driver-sign-out"),
    path("account/", account.Account.as_view(), name="driver-account"),
    path("account/wechat/", sign_in.JoinWeChat.as_view(), name="driver-join-wechat"),
    path("account/export/", account.Export.as_view(), name="driver-export"),
    path("account/end/", account.End.as_view(), name="driver-end"),
    path("account/consents/", account.Consents.as_view(), name="driver-consents"),
    path("account/choices/", account.Choices.as_view(), name="driver-choices"),
    path("messages/", account.Messages.as_view(), name="driver-messages"),
    path("vehicles/", vehicles.Vehicles.as_view(), name="driver-vehicles"),
    path("vehicles/join/", vehicles.Join.as_view(), name="driver-join"),
    path("vehicles/<int:pk>/", vehicles.OneVehicle.as_view(), name="driver-vehicle"),
    path("vehicles/<int:pk>/proof/", vehicles.Proof.as_view(), name="driver-proof"),
    path("vehicles/<int:pk>/invites/", vehicles.Invites.as_view(), name="driver-invites"),
    path("vehicles/<int:pk>/shares/<int:share>/", vehicles.Share.as_view(), name="driver-share"),
    path("vehicles/<int:pk>/mandate/", vehicles.VehicleMandate.as_view(), name="driver-mandate"),
    path("mandates/", vehicles.Mandates.as_view(), name="driver-mandates"),
    path("sessions/", sessions.Sessions.as_view(), name="driver-sessions"),
    path("sessions/<str:number>/", sessions.Session.as_view(), name="driver-session"),
    path("charges/", sessions.Charges.as_view(), name="driver-charges"),
    path("payments/", payments.Payments.as_view(), name="driver-payments"),
    path("payments/<str:token>/", payments.Payment.as_view(), name="driver-payment"),
    path("guest/due/", payments.GuestDue.as_view(), name="guest-due"),
    path("guest/payments/", payments.GuestPayments.as_view(), name="guest-payments"),
    path("appeals/", appeals.Appeals.as_view(), name="driver-appeals"),
    path("appeals/<str:number>/", appeals.OneAppeal.as_view(), name="driver-appeal"),
]
