"""Is this customer already on record: names and their parts, keys, comparison, ranking and verdicts.

Pure: nothing here reads a clock, a storage or a file, but for the tables that are shipped as part of the package. What
is on record comes in through ``Candidates``, which any storage can serve from one index over keys.
"""

from crmcore.matching.calibrating import Calibration, calibrate, leave_one_out
from crmcore.matching.comparing import Comparison, Part, compare
from crmcore.matching.explaining import comparison_texts, verdict_text
from crmcore.matching.formats import (
    check_credit_code,
    check_email,
    check_landline,
    check_mobile,
    check_phone,
    check_postcode,
    check_tax_id,
)
from crmcore.matching.full_names import Missing, check_full_name
from crmcore.matching.identity import Identity, parts_of
from crmcore.matching.keys import INDEXES, Key, fragment_keys, key, key_rules, keys
from crmcore.matching.memory import MemoryIndex
from crmcore.matching.parts import NameParts, parse
from crmcore.matching.policy import MatchingPolicy, policy_from
from crmcore.matching.ranking import Candidates, Hit, Posting, Shared, find_fragment, rank
from crmcore.matching.text import normalise
from crmcore.matching.verdicts import Verdict, judge, judge_all, meet

__all__ = [
    "INDEXES",
    "Calibration",
    "Candidates",
    "Comparison",
    "Hit",
    "Identity",
    "Key",
    "MatchingPolicy",
    "MemoryIndex",
    "Missing",
    "NameParts",
    "Part",
    "Posting",
    "Shared",
    "Verdict",
    "calibrate",
    "check_credit_code",
    "check_email",
    "check_full_name",
    "check_landline",
    "check_mobile",
    "check_phone",
    "check_postcode",
    "check_tax_id",
    "compare",
    "comparison_texts",
    "find_fragment",
    "fragment_keys",
    "judge",
    "judge_all",
    "key",
    "key_rules",
    "keys",
    "leave_one_out",
    "meet",
    "normalise",
    "parse",
    "parts_of",
    "policy_from",
    "rank",
    "verdict_text",
]
