"""A stand-in for a Meilisearch server, for tests: the protocol over real HTTP, in a process of its own.

It shares no code with `search.meilisearch`. What it is held to is in `schemas/`, with the line of search.md (the
design) that each shape comes from; what it assumes beyond them is in ASSUMPTIONS.md. It is in tests/: nothing
installs it.
"""
