"""The part of the lifecycle's table that is about a customer's file. None of its commands changes the stage.

That a person has been erased refuses what would put personal data on record again; see ``lifecycle`` for the rest.
"""

from crmcore.customers import decisions_file as then
from crmcore.customers import guards_file as is_
from crmcore.customers import reasons
from crmcore.customers.commands_file import (
    AddAttachment,
    Erase,
    LiftHold,
    PlaceHold,
    RecordConsent,
    RecordNeeds,
    RetireAttachment,
    WithdrawConsent,
)
from crmcore.customers.guards_protection import says
from crmcore.customers.stages import Absent, Formal, Intent, Merged, Pool, Potential
from crmcore.kernel.actors import right
from crmcore.kernel.machine import Never, Row

_ON_RECORD = (Pool, Potential, Intent, Formal)
_OWNED = (Potential, Intent, Formal)
#: A record that is merged is nobody's to work, but what it holds of people is still to be kept, or to be erased.
_KEPT = (*_ON_RECORD, Merged)

EDITORS_IN_POOL = right("pre-sales", "manager", "import")
EDITORS = right("owner", "team", "after-sales", "manager")
KEEPERS = right("owner", "team", "after-sales", "manager", "legal", "import")
LEGAL = right("manager", "legal")

_NEEDS = (is_.needs_change,)
_ADD = (is_.named, is_.not_too_large, is_.resolvable, is_.contact_there)
_MAY_CONSENT = (is_.not_erased, is_.any_purpose, is_.anybody)
_CONSENT = (is_.a_person, is_.contact_there, is_.purpose_known, is_.basis_allowed, is_.times_fit)
_ERASE = (
    says("reason", reasons.ERASURE_REASON),
    is_.a_person,
    is_.one_person,
    is_.not_named_elsewhere,
    is_.contact_there,
    is_.participant_known,
    is_.follow_ups_known,
)

FILE_LINES: tuple[Row | Never, ...] = (
    # ---- needs and attachments
    Row(
        Pool,
        RecordNeeds,
        by=EDITORS_IN_POOL,
        guards=(is_.not_erased,),
        says=_NEEDS,
        then=then.record_needs,
    ),
    Row(_OWNED, RecordNeeds, by=EDITORS, guards=(is_.not_erased,), says=_NEEDS, then=then.record_needs),
    Row(Pool, AddAttachment, by=EDITORS_IN_POOL, guards=(is_.not_erased,), says=_ADD, then=then.add_attachment),
    Row(_OWNED, AddAttachment, by=EDITORS, guards=(is_.not_erased,), says=_ADD, then=then.add_attachment),
    Row(
        Pool,
        RetireAttachment,
        by=EDITORS_IN_POOL,
        guards=(is_.any_in_use,),
        says=(is_.attachment_there,),
        then=then.retire_attachment,
    ),
    Row(
        _OWNED,
        RetireAttachment,
        by=EDITORS,
        guards=(is_.any_in_use,),
        says=(is_.attachment_there,),
        then=then.retire_attachment,
    ),
    Never(Absent, RecordNeeds, because=reasons.NOT_ON_RECORD),
    Never(Absent, AddAttachment, because=reasons.NOT_ON_RECORD),
    Never(Absent, RetireAttachment, because=reasons.NOT_ON_RECORD),
    # ---- consents
    Row(
        Pool,
        RecordConsent,
        by=right("pre-sales", "manager", "legal", "import"),
        guards=_MAY_CONSENT,
        says=_CONSENT,
        then=then.record_consent,
    ),
    Row(_OWNED, RecordConsent, by=KEEPERS, guards=_MAY_CONSENT, says=_CONSENT, then=then.record_consent),
    Row(
        Pool,
        WithdrawConsent,
        by=right("pre-sales", "manager", "legal", "import"),
        guards=(is_.any_consent,),
        says=(is_.consent_holds,),
        then=then.withdraw_consent,
    ),
    Row(
        _OWNED,
        WithdrawConsent,
        by=KEEPERS,
        guards=(is_.any_consent,),
        says=(is_.consent_holds,),
        then=then.withdraw_consent,
    ),
    Never(Absent, RecordConsent, because=reasons.NOT_ON_RECORD),
    Never(Absent, WithdrawConsent, because=reasons.NOT_ON_RECORD),
    # ---- legal holds and erasure
    Row(
        _KEPT,
        PlaceHold,
        by=LEGAL,
        guards=(is_.not_held,),
        says=(says("reason", reasons.HOLD_REASON),),
        then=then.place_hold,
    ),
    Row(_KEPT, LiftHold, by=LEGAL, guards=(is_.held,), then=then.lift_hold),
    Row(
        _KEPT,
        Erase,
        by=LEGAL,
        guards=(is_.not_erased, is_.not_held, is_.not_held_beside, is_.anybody_to_erase),
        says=_ERASE,
        then=then.erase,
    ),
    Never(Absent, PlaceHold, because=reasons.NOT_ON_RECORD),
    Never(Absent, LiftHold, because=reasons.NOT_ON_RECORD),
    Never(Absent, Erase, because=reasons.NOT_ON_RECORD),
)
