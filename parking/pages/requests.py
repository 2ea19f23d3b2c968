"""Who is asking."""

from django.http import HttpRequest

from parking.models import User


def driver_of(request: HttpRequest) -> User:
    """The person signed in. Only for views behind `login_required`; raises TypeError elsewhere."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user
