import pytest

from tests.storming import begin_storm


@pytest.fixture
def storm(db):
    return begin_storm()
