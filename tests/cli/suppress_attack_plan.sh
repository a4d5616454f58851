# Whoever has all results of a plan at once: scripts/reference/disclosure_attack_plan.py has larger plans and all commands.
attack() { python3 scripts/reference/disclosure_attack_plan.py "$DYAD" exact "$@" | sed 's/ plans (.*asked for;/ plans:/'; }
attack 60
attack 30 1 survival
attack 30 1 model
