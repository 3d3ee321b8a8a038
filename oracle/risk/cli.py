"""`quittance risk`: the commands. Those of a room of their own are mounted, the others stand here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from oracle.risk.fraud.command import fraud_command
from oracle.risk.grading import Words
from oracle.risk.indicators import Case, Line, Party
from oracle.risk.learned.command import train_command
from oracle.risk.learned.outliers_command import outliers_command
from oracle.risk.learned.standard_command import learn_tiers_command, standard_command
from oracle.risk.portfolio.command import invent_command, score_command
from oracle.risk.quality_command import audit_sample_command, mismatches_command
from oracle.risk.refusals import told_refusals, written_to
from oracle.risk.spoken import Language, Spoken
from oracle.risk.spoken import print_plain as _line
from oracle.risk.watch_command import watch_command

app = typer.Typer(help="Assess applicants and portfolios.", no_args_is_help=True, add_completion=False)
app.command("train")(train_command)
app.command("score")(score_command)
app.command("invent")(invent_command)
app.command("learn-tiers")(learn_tiers_command)
app.command("standard")(standard_command)
app.command("outliers")(outliers_command)
app.command("watch")(watch_command)
app.command("fraud")(fraud_command)
app.command("audit-sample")(audit_sample_command)
app.command("mismatches")(mismatches_command)
_READABLE_BY_OWNER = 0o600


@app.command()
def assess(
    file: Annotated[Path, typer.Argument(help="Application, YAML or JSON.")],
    out: Annotated[Path, typer.Option(help="Folder the report is written into, as JSON and PDF.")] = Path(),
    language: Spoken = Language.BOTH,
) -> None:
    """Assess one application: print what was found and why, and write the assessment report."""
    from oracle.risk.application import load_application
    from oracle.risk.assess import assess as assessed
    from oracle.risk.assess import subject_of
    from oracle.risk.assessment_pdf import assessment_pdf
    from oracle.risk.assessment_screen import assessment_screen
    from oracle.risk.engine import load_engine

    console = Console()
    with told_refusals():
        engine = load_engine()
        found = assessed(subject_of(load_application(file)), engine)
        page = assessment_pdf(found, engine.tables)
        for each in language.each:
            console.print(assessment_screen(found, engine.tables, each))
        with written_to("--out", out, "a folder"):
            out.mkdir(parents=True, exist_ok=True)
            for ending, content in (("json", found.canonical_bytes), ("pdf", page)):
                path = out / f"assessment-{found.application_id}.{ending}"
                _write(path, content)
                _line(console, f"written to {path}")
    _line(console, f"digest 0x{found.digest.hex()}")


@app.command()
def questionnaire(
    line: Annotated[Line, typer.Argument(help="Line of insurance.")],
    party: Annotated[Party, typer.Option(help="Who takes the policy out.")] = Party.PERSONAL,
    language: Spoken = Language.BOTH,
) -> None:
    """Print what the form of a line asks; * marks what must be answered."""
    from oracle.risk.questionnaires import load_questionnaires

    console = Console()
    with told_refusals():
        form = load_questionnaires()[Case(line, party)]
    for each in language.each:
        shown = Table(title=_in(form.title, each), title_justify="left")
        for column in ("", "indicator", "question", "answer"):
            shown.add_column(column, overflow="fold")
        for identity in form.identity:
            shown.add_row("*", identity.field, _in(identity.asked_of(party), each), "text, kept apart")
        for question in form.questions:
            choices = ", ".join(f"{code} ({_in(words, each)})" for code, words in question.choices.items())
            if question.named_by:
                choices = f"one of the {len(question.choices)} codes of tables/{question.named_by}.yaml"
            asked = _in(question.asked_of(party), each)
            shown.add_row("*" if form.required(question) else "", question.indicator, asked, choices or question.answer)
        console.print(shown, _in(form.declaration, each), _in(form.purpose, each), sep="\n")
        for source, words in form.authorisations.items():
            console.print(f"{source.value}: {_in(words, each)}")


@app.command()
def tables() -> None:
    """Print version and hash of every table, and the hash of the engine that reports carry."""
    from oracle.risk.engine import load_engine

    console = Console()
    with told_refusals():
        engine = load_engine()
    for file in engine.tables.files:
        _line(console, f"{file.name:21}{file.version:8}0x{file.hash.hex()}")
    for name, version in engine.models.versions:
        _line(console, f"actuarial/{name:11}{version}")
    _line(console, f"{'actuarial tables':29}0x{engine.models.hash.hex()}")
    _line(console, f"{'engine':29}0x{engine.hash.hex()}")


def _in(words: Words, language: str) -> str:
    return words.en if language == "en" else words.zh


def _write(path: Path, content: bytes) -> None:
    """Readable by its owner alone: it says how somebody was assessed."""
    partial = path.with_name(path.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _READABLE_BY_OWNER), "wb") as file:
        file.write(content)
    partial.replace(path)
