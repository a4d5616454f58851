#!/usr/bin/env python3
"""support_programme.py [--truth]: the simulated cohort of datasets/support-programme, from a seed.

Writes the CSV to standard output; with --truth what is true of it instead: the share that would
have initiated, and breastfed exclusively at six weeks, had everybody had each kind of support.
datasets/support-programme/README.md has the coefficients; they stand here once more, as numbers.
"""
import csv
import math
import random
import sys

SEED = 20240611
PAIRS = 2000
SITES = ["north", "east", "south", "west"]
KINDS = ["none", "peer", "ibclc"]

# Log odds ratios of initiation and of exclusive breastfeeding at six weeks, log hazard ratios of stopping.
INITIATED = {"peer": math.log(1.35), "ibclc": math.log(1.80), "edu2": 0.35, "edu3": 0.75, "smoker": -0.65,
             "cesarean": -0.35, "age": 0.03, "parous": 0.20, "east": 0.15, "south": -0.20, "west": 0.05}
EXCLUSIVE = {"peer": math.log(1.25), "ibclc": math.log(1.60), "edu2": 0.20, "edu3": 0.45, "smoker": -0.60,
             "cesarean": -0.30, "age": 0.02, "parous": 0.25, "east": 0.0, "south": -0.15, "west": 0.10}
STOPPING = {"peer": math.log(0.85), "ibclc": math.log(0.70), "edu2": -0.10, "edu3": -0.30, "smoker": 0.40,
            "cesarean": 0.15, "age": -0.01, "parous": -0.10, "east": 0.0, "south": 0.10, "west": 0.0}
INITIATED_AT, EXCLUSIVE_AT, STOPPING_A_WEEK = 0.10, -0.50, 0.045


def expit(x):
    return 1 / (1 + math.exp(-x))


def linear(b, p, support):
    x = b.get(support, 0.0) + b.get(p["site"], 0.0) + b.get("edu%d" % p["education"], 0.0)
    x += b["smoker"] * p["smoker"] + b["cesarean"] * p["cesarean"] + b["age"] * (p["age"] - 30)
    return x + b["parous"] * (p["parity"] > 0)


def choose(draw, weights):
    u = draw.random() * sum(weights)
    for i, w in enumerate(weights):
        u -= w
        if u < 0:
            return i
    return len(weights) - 1


def mother(draw):
    """Who she is, and which support she took up: the educated and the first-time mothers rather."""
    p = {"site": SITES[choose(draw, [0.32, 0.28, 0.22, 0.18])]}
    p["age"] = min(46, max(16, round(draw.gauss(29.5, 5.4))))
    p["education"] = 1 + choose(draw, [0.22, 0.43, 0.35] if p["age"] >= 24 else [0.40, 0.48, 0.12])
    p["parity"] = choose(draw, [0.44, 0.34, 0.15, 0.05, 0.02])
    p["smoker"] = int(draw.random() < expit(-0.9 - 0.55 * (p["education"] - 1) - 0.02 * (p["age"] - 30)))
    p["cesarean"] = int(draw.random() < expit(-1.1 + 0.04 * (p["age"] - 30)))
    p["birthweight"] = 10 * round(draw.gauss(3420 - 160 * p["smoker"], 470) / 10)
    peer = -0.35 + 0.10 * (p["education"] - 1) - 0.15 * (p["parity"] > 0) + 0.30 * (p["site"] == "south")
    ibclc = -0.75 + 0.30 * (p["education"] - 1) - 0.30 * (p["parity"] > 0) - 0.25 * p["smoker"] + \
        0.35 * (p["site"] == "north")
    p["support"] = KINDS[choose(draw, [1.0, math.exp(peer), math.exp(ibclc)])]
    return p


def follow(draw, p):
    """What was seen: initiation, weeks of any breastfeeding to 26, exclusive at six weeks."""
    p["initiated"] = int(draw.random() < expit(INITIATED_AT + linear(INITIATED, p, p["support"])))
    lost = 26 * draw.random() if draw.random() < 0.09 else 26.0
    hazard = STOPPING_A_WEEK * math.exp(linear(STOPPING, p, p["support"]))
    stops = -math.log(1 - draw.random()) / hazard
    exclusive = int(draw.random() < expit(EXCLUSIVE_AT + linear(EXCLUSIVE, p, p["support"])))
    p["weeks"] = p["stopped"] = ""
    if p["initiated"]:
        p["stopped"] = int(stops <= lost)
        p["weeks"] = max(1, math.ceil(min(stops, lost)))
    p["exclusive"] = exclusive if p["initiated"] else 0
    if lost < 6:
        p["exclusive"] = ""
    for name, share in (("age", 0.010), ("smoker", 0.030), ("birthweight", 0.015)):
        if draw.random() < share:
            p["shown_" + name] = ""
    return p


def cohort():
    draw = random.Random(SEED)
    return [follow(draw, mother(draw)) for _ in range(PAIRS)]


def write(people):
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["pair", "site", "support", "maternal_age", "education", "parity", "smoker", "cesarean",
                  "birthweight", "initiated", "any_weeks", "stopped", "exclusive_6w"])
    for i, p in enumerate(people):
        shown = [p.get("shown_" + name, p[name]) for name in ("age", "smoker", "birthweight")]
        out.writerow(["D%04d" % (i + 1), p["site"], p["support"], shown[0], p["education"], p["parity"], shown[1],
                      p["cesarean"], shown[2], p["initiated"], p["weeks"], p["stopped"], p["exclusive"]])


def tell_truth(people):
    print("support,initiated,exclusive_6w")
    for kind in KINDS:
        begun = [expit(INITIATED_AT + linear(INITIATED, p, kind)) for p in people]
        both = [b * expit(EXCLUSIVE_AT + linear(EXCLUSIVE, p, kind)) for b, p in zip(begun, people)]
        print("%s,%.4f,%.4f" % (kind, sum(begun) / len(people), sum(both) / len(people)))


if __name__ == "__main__":
    tell_truth(cohort()) if "--truth" in sys.argv[1:] else write(cohort())
