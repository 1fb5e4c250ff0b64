"""PSSimPy and hutong on the same obligations: CPU time of both, and their ratio.

    pip install PSSimPy            # 0.1.5 was measured
    cargo build --release
    python benches/peers/settle.py [--obligations N ...] [--hutong target/release/hutong]

Ten banks, one nine-hour day, random pairs, amounts of 1 to 100, random minutes. "ample": no payment
ever waits. "tight": opening balances of 100 and no credit, first in first out; PSSimPy's queue tests
every payment against the balance before any settles, so its accounts go below zero and its day is the
easier one. Both read and write files: PSSimPy its logs, hutong its whole report with the auditor on.
hutong is charged with start-up, two readings of the file and the report.
"""

import argparse
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

BANKS = 10


def day(count, folder, opening):
    draw = random.Random(7)
    names = [f"bank-{at:02d}" for at in range(BANKS)]
    rows = []
    for _ in range(count):
        minute = draw.randrange(480, 480 + 540)
        debtor, creditor = draw.sample(names, 2)
        rows.append((minute, debtor, creditor, draw.randrange(1, 101)))
    rows.sort(key=lambda row: row[0])
    with open(os.path.join(folder, "obligations.csv"), "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["time", "debtor", "creditor", "amount_minor", "priority"])
        for minute, debtor, creditor, amount in rows:
            out.writerow([clock(minute), debtor, creditor, amount, 0])
    with open(os.path.join(folder, "participants.csv"), "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "opening_minor", "credit_limit_minor"])
        out.writerows([name, opening, 0] for name in names)
    return names, rows


def clock(minute):
    return f"{minute // 60:02d}:{minute % 60:02d}"


def peer(names, rows, opening, tight):
    from PSSimPy.credit_facilities import AbstractCreditFacility
    from PSSimPy.queues import DirectQueue, FIFOQueue
    from PSSimPy.simulator import BasicSim

    class NoCredit(AbstractCreditFacility):
        def calculate_fee(self, amount):
            return 0.0

        def lend_credit(self, account, amount):
            pass

        def collect_repayment(self, account):
            pass

    begin = time.process_time()
    simulator = BasicSim(
        "peer",
        {"name": names},
        {"id": names, "owner": names, "balance": [opening] * len(names)},
        {
            "sender_account": [row[1] for row in rows],
            "recipient_account": [row[2] for row in rows],
            "amount": [row[3] for row in rows],
            "time": [clock(row[0]) for row in rows],
            "day": [1] * len(rows),
        },
        open_time="08:00",
        close_time="17:00",
        queue=FIFOQueue() if tight else DirectQueue(),
        credit_facility=NoCredit(),
    )
    simulator.run()
    return time.process_time() - begin


def ours(program, folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [program, "settle", "--quiet", "--jobs", "1", "--regime", "gross-fifo", "--close", "17:00"]
    for name in ("obligations", "participants"):
        command += [f"--{name}", os.path.join(folder, f"{name}.csv")]
    command += ["--out", os.path.join(folder, "out")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--obligations", type=int, nargs="+", default=[1_000, 10_000])
    arguments.add_argument("--hutong", default=os.path.join("target", "release", "hutong"))
    asked = arguments.parse_args()
    program = os.path.abspath(asked.hutong)
    print("liquidity,obligations,peer_per_s,hutong_per_s,ratio")
    for liquidity, opening in (("ample", 10**9), ("tight", 100)):
        for count in asked.obligations:
            with tempfile.TemporaryDirectory() as folder:
                names, rows = day(count, folder, opening)
                mine = ours(program, folder)
                home = os.getcwd()
                os.chdir(folder)
                try:
                    theirs = peer(names, rows, opening, liquidity == "tight")
                finally:
                    os.chdir(home)
            print(f"{liquidity},{count},{count / theirs:.0f},{count / mine:.0f},{theirs / mine:.0f}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
