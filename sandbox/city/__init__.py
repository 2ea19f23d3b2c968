"""The demo city: street names of Xianning on an illustrative plan, written to sensors/demo/xianning.geojson.gz."""
