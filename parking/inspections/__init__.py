"""What inspectors and patrol vehicles do: look, check, leave a slip, report. All is idempotent on a client's id."""
