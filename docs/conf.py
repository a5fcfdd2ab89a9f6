"""How Sphinx builds the documentation: ``sphinx-build -n -W docs docs/_build``. Nothing is loaded from the network."""

from pygments.lexers.data import JsonLexer
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from crmcore import __version__

project = "crmcore"
author = "crmcore contributors"
project_copyright = "2026, crmcore contributors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_tools"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

# A class is imported from where its page says, not from where it is written.
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
# Only our own names are looked up: the inventories of other projects would have to come over the network.
nitpick_ignore_regex = [(r"py:.*", r"(?!crmcore\.).*")]

html_theme = "furo"
html_title = "crmcore"
html_copy_source = False
# System fonts, Chinese ones included.
html_theme_options = {
    "light_css_variables": {
        "font-stack": "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
        "font-stack--monospace": "ui-monospace, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace",
    },
}


def setup(app: Sphinx) -> None:
    """Teach the highlighter the languages it does not know; their blocks are shown as they are."""
    app.add_lexer("jsonl", JsonLexer)
    app.add_lexer("mermaid", TextLexer)
