"""How the app looks and listens: theme, shell, fields, tables and the other shapes pages are made of.

A page is an outline of named parts from these modules; it never styles a raw element. What a part looks like is
decided once, in `theme.py` (tokens) and `assets/ils.css` (classes); what the browser does by itself, in
`assets/ils.js`. Nothing here imports a room.
"""
