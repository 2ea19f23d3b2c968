"""Acts on orders that stand: corrected, split, merged, rated again.

`preview` tells what a wish would do, by doing it and taking it back; `carry_out` does it, or leaves it to a second
person above the asking one's limit; `decide` is that second person. Each is one transaction: old bills are undone and
new ones made through payments only, and the ruling is an event of the berth, so that any later fold keeps it.
"""

from parking.corrections.asking import carry_out, decide, preview
from parking.corrections.doing import Effect
from parking.corrections.wishes import Part, Wish, neighbours
from parking.discrepancies import Undecidable

__all__ = ["Effect", "Part", "Undecidable", "Wish", "carry_out", "decide", "neighbours", "preview"]
