"""The city simulator's harness: sandbox/street's frames through the real codecs, placing, fold and tariff."""
