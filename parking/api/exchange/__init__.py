"""`/api/v1/exchange/`: the catalogue for anyone, applications for departments, data for the holders of keys."""
