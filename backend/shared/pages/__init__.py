"""The look of every web page: layout templates, components, style sheets, fonts, icons, and how numbers are written.

What a feature's page uses:

Shells (extend one; fill the blocks `title` and `content`):
- `pages/participant.html`: a phone's width, the shop's tile and name first. For guests and members.
- `pages/console.html`: a sidebar with the pages that exist, for staff at a desk; blocks `breadcrumbs`, `subtitle` and
  `actions` too. The view passes `person={"name": …, "role": …}` and, on a page below another one, `page_of` (the
  endpoint of the line of the sidebar that it belongs to); `add_console_page(app, …)` puts a page into the sidebar.
- `pages/till.html`: always light, white, wide lines. For the cashier.
- `pages/problem.html`: an error, told kindly (`shared/problems.py` renders it).

Components: `{% from "pages/components.html" import button, field %}`; that file begins with the list of them.
Bars beside a table: `plots.bars(labels, values)` in the view, `{% from "pages/plots.html" import bars %}` in the page.

Filters: `points`, `count`, `signed`, `signed_points`, `money(currency)`, `percent` (of basis points), `date`,
`short_date`, `time`, `date_and_time`; moments are in the shop's zone unless one is given: `{{ moment|time(zone) }}`.

Functions in templates: `static_url(folder, file)` (an address with the content's hash), `current_shop()`,
`current_locale()`, `other_languages()`, `chosen_theme()`, `theme_choices()`, `console_pages(role)`, `sign_out_url()`.

Rules: no inline script and no `style` attribute, the policy forbids both; a bar's length is an attribute of `progress`
or of SVG. A feature's own files are served after `add_static_folder(app, "till", folder)`; a page with a camera calls
`allow_camera_and_wasm()`.
"""

from backend.shared.pages.blueprint import register
from backend.shared.pages.current import add_console_page, add_static_folder, current_shop, set_sign_out, static_url
from backend.shared.pages.security_headers import allow_camera_and_wasm
from backend.shared.pages.shop import ColourRefused, Shop, derived_colours

__all__ = [
    "ColourRefused",
    "Shop",
    "add_console_page",
    "add_static_folder",
    "allow_camera_and_wasm",
    "current_shop",
    "derived_colours",
    "register",
    "set_sign_out",
    "static_url",
]
