"""The sensors room's part of the API for people and systems."""
