//! Codes: what each diagnostic means and what to do about it. In order of name.

/// Every code with its text.
pub const CODES: &[(&str, &str)] = &[
    (
        "gate::breach",
        "A threshold or a limit of a regression is breached, or an interval does not exclude it.\n\
         The message names the limit, what was observed and the command that shows it again; \
         `severity = \"warn\"` tells it and leaves the exit code. Exit code 99.",
    ),
    (
        "gate::identity",
        "The baseline is of another scenario, demand, seed set, horizon or definition of its \
         metrics, so that a comparison would mean nothing.\n\
         Run the gate on what the baseline is of, or make it anew with `hutong baseline update`. \
         Exit code 4.",
    ),
    (
        "gate::malformed",
        "A baseline file does not hold what `hutong baseline save` writes.\n\
         The message says what is wrong; `hutong baseline update` makes it anew. Exit code 3.",
    ),
    (
        "gate::missing",
        "There is no figure to judge: no run has it, or too few payments stand behind it.\n\
         Nothing passes by comparing nothing. Exit code 4.",
    ),
    (
        "io",
        "A file could not be read or written.\n\
         The message names the file and what the operating system said. Exit code 5.",
    ),
    (
        "run::broken-law",
        "A run broke a law: books do not balance, or a payment was lost.\n\
         This is a bug in the engine, never a property of the scenario. The message names the law, \
         the first offending fact and the command that shows it again. Exit code 70.",
    ),
    (
        "run::failed",
        "A run ended early: it panicked, or its replay log turned out to be malformed.\n\
         The other runs are not affected, and the report is marked as failed. The message ends \
         with the command that repeats this run alone. Exit code 1.",
    ),
    (
        "scenario::arrivals",
        "Consumers or background traffic do not say how often they pay, or say it twice.\n\
         Write `rate` for the whole class, or `per_day` for each person.",
    ),
    (
        "scenario::bad-distribution",
        "A distribution's parameters do not fit together.\n\
         The message says which ones it takes, such as `mean` with `cv`, or `median` with \
         `sigma`.",
    ),
    (
        "scenario::bad-epoch",
        "The epoch is not an instant in whole seconds with an offset from UTC.\n\
         Write it as in `2025-01-06T10:00:00+08:00`.",
    ),
    (
        "scenario::bad-fault",
        "A fault has no target or two, no time or two kinds of time, or overlaps another of its \
         kind.\n\
         Write `institution` (perhaps with `site`) or `link`; and `from` with `for`, or `mtbf` \
         with `mttr`. Two faults of one target in one mode must not overlap: write one.",
    ),
    (
        "scenario::bad-file",
        "A CSV file or a log that the scenario names does not hold what it should.\n\
         The message says which column or row; `hutong explain KEY` lists the columns.",
    ),
    (
        "scenario::bad-name",
        "A name has characters that cannot stand in a file name or a column.\n\
         Use 1 to 64 lower-case letters, digits and hyphens.",
    ),
    (
        "scenario::bad-override",
        "A value given with `--set` could not be understood.\n\
         It is written as `key.path=value`. Numbers, words, times and money need no quotes, as in \
         `--set horizon=2h` or `--set groups.banks.reserve=20.00`; text with spaces or commas is \
         TOML text, which most shells want protected, as in `--set 'calibration.0.what=\"two, or \
         three\"'`.",
    ),
    (
        "scenario::bad-path",
        "A connection's `via` is no path that a payment can take.\n\
         It names no clearing house (a direct link), one, or two different ones, from the \
         wallet's side to the acquirer's.",
    ),
    (
        "scenario::bad-range",
        "The upper end of a range lies below its lower end.\n\
         Exchange the two, or correct one.",
    ),
    (
        "scenario::bad-value",
        "A value is of the right type, but cannot be read as what its key wants, such as a \
         length of time or an amount.\n\
         The message says which forms are accepted, with an example.",
    ),
    (
        "scenario::calibration",
        "A row of the table of given, fitted and predicted figures is incomplete or \
         contradicts itself.\n\
         `published` is a number or a range, and fitted and predicted rows name a metric.",
    ),
    (
        "scenario::cannot-read",
        "A file cannot be read: the scenario, a parent named by `extends`, or a CSV file.\n\
         A path inside a scenario starts from the folder of the file that names it.",
    ),
    (
        "scenario::code-collision",
        "Two issuers claim the same payment codes or collection codes, so nobody could tell \
         whose a code is.\n\
         Give each prefixes or lengths of its own, or a URL or identifier of its own.",
    ),
    (
        "scenario::code-length",
        "The length of a payment code is missing or contradicts itself, or an `emv` identifier is \
         too long.\n\
         Write `length`, or `length_min` with a `length_max` that is not below it.",
    ),
    (
        "scenario::code-prefix",
        "A prefix of a payment code is not made of digits, or is longer than the code.\n\
         Write decimal digits in quotes, such as \"10\".",
    ),
    (
        "scenario::concentration",
        "The concentration of a group cannot be had with its number of members.\n\
         Write `zipf`, or `top` with an `hhi` that such a largest share allows; the message \
         states the range.",
    ),
    (
        "scenario::cut-offs",
        "Cut-offs are not in order of time.\n\
         List them from the earliest to the latest of the day.",
    ),
    (
        "scenario::empty",
        "Something that must hold at least one entry is empty.\n\
         The message says what is missing, or which share must then be zero.",
    ),
    (
        "scenario::extends-cycle",
        "Scenarios or policies extend each other in a circle.\n\
         The message lists them. Remove one `extends`.",
    ),
    (
        "scenario::fee",
        "A fee has no amount, or is paid by its own earner.\n\
         Give it a `rate` or a `floor`, and two different parties.",
    ),
    (
        "scenario::forbidden-link",
        "Two institutions are joined directly, and the rule matrix forbids it. The default is \
         today's Chinese rule: bank debits and barcode payments between institutions go over \
         a clearing house.\n\
         Name a clearing house, or add the row to `rules` that the message shows.",
    ),
    (
        "scenario::loss-without-timers",
        "Messages are lost, but nobody gives up waiting for them.\n\
         A payment whose message is lost would stay open for ever. Add [timers], or take `loss` \
         out.",
    ),
    (
        "scenario::malformed",
        "A value is of the right type but not in a form that is known.\n\
         The message says which forms are accepted.",
    ),
    (
        "scenario::missing-key",
        "A key without a default is missing.\n\
         The message names the table and the key; `hutong explain KEY` says what it means.",
    ),
    (
        "scenario::no-choice",
        "A table that must name exactly one of several choices names none.\n\
         The message lists the choices.",
    ),
    (
        "scenario::no-demand",
        "Nobody pays in this scenario.\n\
         Add a class of consumers, background traffic, or a log to replay.",
    ),
    (
        "scenario::no-effect",
        "A key changes nothing, because what it speaks of is not stated.\n\
         State it, or leave the key out.",
    ),
    (
        "scenario::no-floor",
        "A link has no smallest latency.\n\
         Nothing travels in no time, and the smallest latency bounds the window in which \
         institutions act independently. Write a floor above zero.",
    ),
    (
        "scenario::no-time",
        "A length of time is zero where something has to last.\n\
         Write a length above zero.",
    ),
    (
        "scenario::not-built",
        "A section is part of the language, but this engine does not simulate it yet.\n\
         It is refused rather than ignored, so that a result never leaves out what was asked \
         for.",
    ),
    (
        "scenario::not-finite",
        "A number is infinite or not a number.\n\
         Write a finite number.",
    ),
    (
        "scenario::not-held",
        "Preferences and holdings disagree: a preferred wallet is held by nobody, or a person \
         holds only wallets that are never preferred.\n\
         Bring `prefers` and `holds` into line.",
    ),
    (
        "scenario::not-one",
        "A single institution is wanted, and several are named or qualify.\n\
         Name one; of a group, name one member.",
    ),
    (
        "scenario::not-utf8",
        "A file holds bytes that are no text.\n\
         Save it as UTF-8; the message names the first line that is not.",
    ),
    (
        "scenario::out-of-range",
        "A number lies outside the range that its key allows.\n\
         The message states the range.",
    ),
    (
        "scenario::profile",
        "A daily profile is not 24 weights, one for each hour from midnight, with at least \
         one above zero.\n\
         Write 24 numbers; only their proportions count.",
    ),
    (
        "scenario::settles-elsewhere",
        "A clearing house settles at another bank than the scenario's settlement bank.\n\
         This engine knows one settlement bank for each scenario. Name the same one, or leave \
         `at` out.",
    ),
    (
        "scenario::shares",
        "Shares do not sum to what they must: one whole, or at most one.\n\
         The message states the sum that was found.",
    ),
    (
        "scenario::syntax",
        "The file is not TOML.\n\
         The caret points at the first place that does not parse; the mistake may lie just \
         before it.",
    ),
    (
        "scenario::threshold",
        "A threshold or a regression could select no data, or cannot be judged.\n\
         The message says why: an unknown metric, a route that nobody takes, an institution \
         without such a figure, too few payments for a far quantile, or a confidence with a \
         single replication. `hutong metrics` lists the names.",
    ),
    (
        "scenario::too-large",
        "The scenario asks for more than this engine can hold.\n\
         The message states the limit and what would bring it down.",
    ),
    (
        "scenario::twice",
        "Two things of one kind have the same name, or one is listed twice.\n\
         Give each a name of its own. Members of a group are called GROUP-01, GROUP-02 and so \
         on.",
    ),
    (
        "scenario::two-choices",
        "A table that must name exactly one of several choices names several.\n\
         Keep the one that is meant.",
    ),
    (
        "scenario::unknown-choice",
        "A word is not among the accepted ones.\n\
         The message lists them, or names the nearest.",
    ),
    (
        "scenario::unknown-currency",
        "The currency is not in ISO 4217.\n\
         Write its three letters, such as \"CNY\".",
    ),
    (
        "scenario::unknown-key",
        "A key is not part of the scenario language at this place.\n\
         It is refused rather than ignored. `hutong schema scenario` holds every key.",
    ),
    (
        "scenario::unknown-name",
        "A name refers to nothing in this scenario: an institution, a group, a policy or a \
         profile.\n\
         The message names the nearest defined one.",
    ),
    (
        "scenario::warm-up",
        "The warm-up ends at the horizon or later, so that nothing would be counted.\n\
         Shorten `warm_up`, or lengthen `horizon`.",
    ),
    (
        "scenario::window",
        "The window of the time series is so narrow that the report would not fit.\n\
         Write a wider one; the message states the least.",
    ),
    (
        "scenario::wrong-role",
        "An institution is named where only another role makes sense.\n\
         Give it the role, or name another institution.",
    ),
    (
        "scenario::wrong-type",
        "A value has another type than its key wants.\n\
         The message says what is expected, with an example.",
    ),
    (
        "settle::bad-header",
        "The header of a CSV file for `hutong settle` lacks a column, or holds one that is not \
         known.\n\
         The message names the columns; they may come in any order.",
    ),
    (
        "settle::bad-row",
        "A row of a CSV file for `hutong settle` does not hold what its columns ask for.\n\
         The message names file, line and column, and what was expected. Amounts are whole \
         numbers of minor units.",
    ),
    (
        "settle::order",
        "Obligations are not in order of time.\n\
         They are read as a stream, so the file has to be sorted by `time` first.",
    ),
    (
        "settle::twice",
        "A participant, or the limit of a pair, is there twice.\n\
         Keep one of the two rows.",
    ),
    (
        "settle::unknown-participant",
        "A row names a participant that the file of participants does not have.\n\
         Correct the name, or add the participant with its opening balance and credit limit.",
    ),
    (
        "usage",
        "The command line was not understood.\n\
         `hutong COMMAND --help` lists what a command takes. Exit code 2.",
    ),
];
