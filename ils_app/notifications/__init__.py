"""The notifications room: what people are told, in the app and by mail, once each and as they wish it.

It knows notices, who was told, who has read, and every mail with where it stands. It does not know orders, invoices or
any patient: rooms tell it sentences without names, and what a person wishes stands in settings. How a mail leaves is
`kernel.mail`'s business.
"""
