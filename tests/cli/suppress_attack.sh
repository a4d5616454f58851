# An attacker of his own kind, with all that is published: scripts/reference/disclosure_attack.py has 1,000 tables more.
python3 scripts/reference/disclosure_attack.py "$DYAD" exact 12
python3 scripts/reference/disclosure_attack.py "$DYAD" exact 12 1 describe
