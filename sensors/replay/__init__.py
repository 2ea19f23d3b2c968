"""Feeding a file of stays or events through the real door, as a platform would."""
