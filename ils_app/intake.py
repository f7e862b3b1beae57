"""The webhook intake by itself: proves deliveries, keeps them and answers; workers elsewhere do what they ask for.

`granian --interface asgi ils_app.intake:app`, where what the LIMS and Stripe send should not wait behind people's work.
"""

from ils_app.billing import stripe_api
from ils_app.catalog import api as catalog_api
from ils_app.kernel.asgi import service_app
from ils_app.orders import api as orders_api

app = service_app("webhooks", orders_api.webhooks, catalog_api.webhooks, stripe_api.webhooks)
