"""The demo: a narrated run in the terminal (`./dev demo`) and a film of it (`./dev demo --record`)."""
