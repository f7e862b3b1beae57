"""`python -m lims_client.contract`: check a LIMS and print the report; exit 0 when it keeps the contract, else 1."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from lims_client.contract.run import run_contract


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, check, print."""
    parser = argparse.ArgumentParser(prog="python -m lims_client.contract", description="Check a LIMS by its URL.")
    parser.add_argument("--base-url", required=True, help="e.g. https://lims.example/api")
    parser.add_argument("--api-key", default=os.environ.get("LIMS_API_KEY"), help="or LIMS_API_KEY")
    parser.add_argument("--account", default="CONTRACT-001", help="the account that orders (a test account)")
    parser.add_argument("--ship-to", default="main", help="where to send")
    parser.add_argument("--configuration", type=Path, help="a JSON file with an order the LIMS can make")
    parser.add_argument("--listen", default="127.0.0.1:0", help="where the webhook listener listens, host:port")
    parser.add_argument("--callback-url", help="the listener's address as the LIMS sees it")
    parser.add_argument("--webhook-wait", type=float, default=30.0, help="seconds to wait for a delivery")
    given = parser.parse_args(arguments)
    if not given.api_key:
        parser.error("give --api-key or LIMS_API_KEY")
    host, _, port = given.listen.rpartition(":")
    try:
        report = asyncio.run(
            run_contract(
                given.base_url,
                given.api_key,
                account_number=given.account,
                ship_to=given.ship_to,
                configuration=json.loads(given.configuration.read_text()) if given.configuration else None,
                listen_host=host,
                listen_port=int(port),
                callback_url=given.callback_url,
                webhook_wait_seconds=given.webhook_wait,
            )
        )
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(report.text())
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
