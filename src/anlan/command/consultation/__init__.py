"""会商: called from a signal, a warning or an incident; material frozen, each view recorded, a conclusion with minutes and guidance."""
