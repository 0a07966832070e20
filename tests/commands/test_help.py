"""What `--help` tells: every option says what it is for and what holds where it is not given; every example is accepted."""

import argparse
import importlib
import re
import shlex

import pytest

from rfsq.commands.cli import COMMANDS, main


def parser_of(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    importlib.import_module(f"rfsq.commands.{name}").add_arguments(parser)
    return parser


def says_default(action: argparse.Action) -> bool:
    """Whether the help of an option names its default, where that is a value that somebody would want to know."""
    if action.default in (None, False, [], argparse.SUPPRESS) or not action.option_strings:
        return True
    return "(default: " in str(action.help)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_for_and_its_default(name: str) -> None:
    for action in parser_of(name)._actions:
        assert action.help and not action.help.startswith("("), f"{name}: {action.dest} says nothing"
        assert says_default(action), f"{name}: {action.dest} does not say its default, {action.default}"
        assert "(default " not in action.help, f"{name}: {action.dest} says its default in words of its own"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_is_accepted(name: str) -> None:
    command, *words = shlex.split(COMMANDS[name].example)
    assert command == name
    options, unknown = parser_of(name).parse_known_args(words)
    assert not unknown or "passed_on" in options


def test_the_first_help_lists_all_commands_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="^0$"):
        main(["--help"])
    text = capsys.readouterr().out
    assert set(re.findall(r"^    (\w+)", text, re.MULTILINE)) >= set(COMMANDS)
    assert text.count(" reconstruct photo.jpg out.png ") == 1


def test_the_help_of_a_command_ends_with_its_example(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("doctor", "info"):
        with pytest.raises(SystemExit, match="^0$"):
            main([name, "--help"])
        text = capsys.readouterr().out
        assert text.endswith(f" {COMMANDS[name].example}\n") and "None" not in text
