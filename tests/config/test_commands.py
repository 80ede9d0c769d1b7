"""The command line: every command says in one line what it does, explains itself, and refuses what it does not know with 2."""

import pytest

from anlan.config.command import COMMANDS, main

#: Those that other commands start, or that hand their arguments on.
INNER = {"prepare", "seed-demo", "manage"}


def test_the_listing_names_every_command_with_one_line(capsys):
    assert main(["--help"]) == 0
    listed = capsys.readouterr().err
    for name, (_target, _django, what) in COMMANDS.items():
        assert f"{name} " in listed
        assert what in listed
        assert "\n" not in what
    assert main([]) == 2
    assert main(["no-such-command"]) == 2
    assert "no-such-command" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - INNER))
def test_a_command_explains_itself_and_refuses_what_it_does_not_know(name, capsys):
    def said(*argv):
        try:
            code = main([name, *argv])
        except SystemExit as ended:
            code = ended.code
        out = capsys.readouterr()
        return code, out.out + out.err

    code, help_text = said("--help")
    assert code == 0
    assert f"anlan {name}" in help_text
    code, complaint = said("--no-such-option")
    assert code == 2
    assert complaint
