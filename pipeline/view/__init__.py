"""The reader in the browser: articles with every mention and slot at its place, tables, review, one-page reports.

`app.py` lists the pages, `pages.py` makes them, `queries.py` asks the store, `highlight.py` cuts the text.
"""
