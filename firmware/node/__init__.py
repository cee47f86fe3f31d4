"""The node's program: what is noticed, kept, told and shown. Runs on MicroPython and on CPython alike."""

VERSION = "0.1.0"
