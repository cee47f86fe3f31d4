"""How good the watch is on recordings, beside simpler ones: needless checks against delay.

The command is `tomoshibi-gateway evaluate`; it needs the extra `evaluate`.
"""
