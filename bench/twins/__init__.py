"""Bare twins: the least code that does the same work with FastAPI, psycopg, httpx or Reflex alone."""
