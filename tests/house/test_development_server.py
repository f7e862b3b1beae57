"""`reflex run` serves pages and everything else on one address: its development server passes the rest on."""

import re

from reflex_base.compiler.templates import vite_config_template

from tests.support.surfaces import routes, shell


def test_every_path_that_is_no_page_is_passed_on(monkeypatch, tmp_path):
    shell()
    monkeypatch.setenv("ILS_BUILD", "1")
    monkeypatch.setenv("ILS_HOME", str(tmp_path))
    import rxconfig

    plain = vite_config_template(
        base="/", hmr=True, force_full_reload=False, experimental_hmr=False, sourcemap=False, minify=True
    )
    written = rxconfig.OnePort._passing_on(plain)
    assert written.replace(re.search(r"    proxy: .*\n", written)[0], "") == plain
    passed_on = tuple(re.findall(r'"(/\w+/?)": \{', written))
    assert {route.path for route in routes() if not route.path.startswith(passed_on)} == set()
    assert "/_event" in passed_on
