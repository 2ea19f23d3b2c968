"""Four weeks of real stays on real bays: City of Melbourne's in-ground sensors (CC BY 4.0), see network.py."""
