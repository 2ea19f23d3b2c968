"""Real data and golden frames for the tests."""
