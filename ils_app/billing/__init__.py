"""Billing: what a practice owes the lab for what was shipped, and what became of it.

It issues one invoice a shipment with the LIMS's price, adds the tax of the day, keeps each invoice's money as entries
that are only ever added to, credits, records payments and refunds, and draws the papers. It knows nothing of lenses,
patients or production; the price is the LIMS's and is never worked out here.
"""
