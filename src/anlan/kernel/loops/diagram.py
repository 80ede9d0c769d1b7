"""A loop's diagram, drawn from its declaration (Mermaid state diagram, shown in docs and on the loop page)."""

from __future__ import annotations

from .declaration import Loop


def mermaid(loop: Loop) -> str:
    """Mermaid text of the loop. States carry owner and limit, arrows carry the step and who may take it."""
    lines = ["stateDiagram-v2", f"    [*] --> {loop.initial}"]
    for state in loop.states:
        limit = ""
        if not state.final:
            limit = f"\\n{state.owner}"
            if isinstance(state.within, int | float):
                limit += f" · {state.within:g} min"
            elif state.within:
                limit += f" · {state.within}"
            if state.escalate:
                limit += " → " + " → ".join(r.notify for r in state.escalate)
        lines.append(f'    state "{state.label}{limit}" as {state.name}')
    for step in loop.steps:
        for source in step.source:
            lines.append(f"    {source} --> {step.target} : {step.label} ({'/'.join(step.may)})")
    lines += [f"    {state.name} --> [*]" for state in loop.states if state.final]
    return "\n".join(lines) + "\n"
