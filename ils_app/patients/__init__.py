"""The patients room: who the lenses are for, as far as a practice must know it to order and to find them again.

It knows names, dates of birth, references and who looked at them. It does not know prescriptions or orders (orders).
A patient belongs to one practice and is seen by nobody else, but for those who make lenses on an order for them.
"""
