"""Search over published listings: one port (`search.engine`), and engines behind it.

Nothing here knows the database or HTTP. The app projects a listing into a `Document`, hands in the names of
facets and ranges as `IndexSettings`, and asks by `Query`; which engine answers is the app's setting.
"""
