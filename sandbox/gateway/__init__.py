"""The money's world outside, simulated: WeChat Pay, Alipay, invoice issuers, SMS and WeChat sign-in, over real HTTP
with real keys. It imports nothing of OpenBerth's and knows it only by what it sends."""
