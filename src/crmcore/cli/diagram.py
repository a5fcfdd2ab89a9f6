"""``crmcore diagram``: the lifecycle of a customer, drawn from its table."""

import click

from crmcore.cli.options import Setup, talking


@click.command()
@click.option("--table", is_flag=True, help="Every stage × command as a Markdown table instead.")
@talking
def diagram(setup: Setup, table: bool) -> None:
    """Print the lifecycle as a Mermaid diagram.

    Paste it where Mermaid is drawn: GitHub, GitLab, many wikis.
    """
    from crmcore.customers.lifecycle import LIFECYCLE
    from crmcore.customers.stages import Absent
    from crmcore.kernel.diagrams import grid, mermaid

    lang = setup.terminal.lang
    text = grid(LIFECYCLE, lang) if table else mermaid(LIFECYCLE, Absent, lang)
    if setup.terminal.as_json:
        setup.terminal.json({"table" if table else "mermaid": text})
    else:
        setup.terminal.write(text)
