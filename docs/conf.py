"""How Sphinx builds the documentation: ``sphinx-build -n -W docs docs/_build``. Nothing is loaded from the network."""

import re

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
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
# Only our own names are looked up: the inventories of other projects would have to come over the network.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!crmcore\.).*"),
    # What only the library itself hands to a constructor; and an annotation that had to be quoted.
    (r"py:class", r"crmcore\.app\.session\.Session|crmcore\.app\.plugins\.Plugins|crmcore\.app\.policy\.Policy \|.*"),
    (r"py:class", r"crmcore\.app\.threads\.Threads|crmcore\.customers\.events_base\.CustomerEvent"),
    # A unit of work, as the interface has it.
    (r"py:class", r"crmcore\.storage\.sqlalchemy\.unit\.SqlUnit"),
    (r"py:class", r"crmcore\.customers\.policy\.CustomerRules|crmcore\.app\.work\.Work"),
    (r"py:class", r"crmcore\.importing\.(headers|tables|rows|drafts|templates)\.\w+"),
    # Two classes are called Conflict; the other one is an error.
    (r"py:class", r"crmcore\.conflicts\.entities\.Conflict"),
    (r"py:attr", r"crmcore\.scoring\.values\.Lack\..*"),
    # Type variables.
    (r"py:class", r"crmcore\.app\.aio\.T|crmcore\.columnar\.\w+\.Frame|crmcore\.parallel\.chunks\.Result"),
    # Commands have a page of their own.
    (r"py:class", r"crmcore\.customers\.commands(_\w+)?\.\w+"),
]

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


#: Files outside this folder that pages link to, and what stands for them here.
OUTSIDE = {"../../README.md": "../index.md", "../../CHANGELOG.md": "../changelog.md"}


def adapt(_app: Sphinx, page: str, source: list[str]) -> None:
    """Lead links out of this folder to pages in it, and show the diagram, which other places draw, as a picture."""
    text = source[0]
    for outside, inside in OUTSIDE.items():
        text = text.replace(f"]({outside})", f"]({inside})")
    # A rule's id in a table of stages stays in one piece.
    text = re.sub(r"\| (refused|拒绝) ([A-Z])-(\d+)", "| \\1 \\2\u2011\\3", text)
    lang = "zh" if page.startswith("zh/") else "en"
    picture = f"```{{image}} /_static/lifecycle-{lang}.svg\n:alt: lifecycle\n```"
    source[0] = re.sub(r"^```mermaid\n.*?^```", picture, text, flags=re.MULTILINE | re.DOTALL)


def setup(app: Sphinx) -> None:
    """Teach the highlighter the languages it does not know; their blocks are shown as they are."""
    app.connect("source-read", adapt)
    app.add_lexer("csv", TextLexer)
    app.add_lexer("jsonl", JsonLexer)
