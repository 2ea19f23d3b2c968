"""Django's own PostgreSQL backend with quicker adapters: arrays and moments are most of what hot statements carry."""
