"""What the tests of the parking room share."""

import pytest
import time_machine


@pytest.fixture
def time_machine_at():
    """A clock that shows another moment, for signatures that read it themselves."""
    return lambda moment: time_machine.travel(moment, tick=True)
