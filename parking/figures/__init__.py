"""How the street does, in numbers: what each figure means, the hourly sums behind it, and reading them.

`definitions` says what each figure is; `counting` reads the sums of an hour from sessions and charges; `rolling` keeps
them; `ground` knows what they are measured against; `series` answers for a period.
"""
