"""`make chaos`: replicas on a real PostgreSQL, killed at every boundary between two states and at random.

What reached people is counted at the far end, by the phone company.
"""
