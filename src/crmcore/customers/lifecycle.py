"""The lifecycle of a customer. Everything that decides a transition stands here.

Four stages (and the one before the first): a customer comes into a pool or into *potential* when it is registered;
a claim takes it from the pool to *potential*, a reviewer's yes to *intent*, a signed contract to *formal*. Back to
the pool lead a deadline that passes, giving it up, and a manager's release. A fifth stage, *merged*, is for a record
that turned out to be another customer's second one; only undoing the merge leads out of it.

The table has one line for each stage × command: a ``Row`` for what may happen, a ``Never`` for what never may.
In the pool there is no owner, so there a ``Never`` of an owner's command does not ask for one: that the customer is
in the pool says it all.

What is kept in a customer's file changes no stage; its lines stand in ``lifecycle_file``.

What the table cannot say: *when* a protection ends (``stages.fall_of``), what an event does to a stage (``move`` in
``events``), and what else must hold (the guards, each named by the question it answers).
"""

from crmcore.customers import decisions as then
from crmcore.customers import guards as is_
from crmcore.customers import guards_duplicates as alike
from crmcore.customers import guards_file as file
from crmcore.customers import guards_formats as form
from crmcore.customers import guards_merge as two
from crmcore.customers import guards_protection as has
from crmcore.customers import merging, reasons
from crmcore.customers.commands import (
    Abandon,
    AcceptHandOver,
    AddContact,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    ApproveProtection,
    ChangeContact,
    ChangeProfile,
    HandOver,
    Lock,
    Merge,
    Protect,
    ReassignActions,
    Rebase,
    RecordFollowUp,
    RefuseExtension,
    RefuseIntent,
    RefuseProtection,
    Register,
    Release,
    RequestExtension,
    ResubmitProtection,
    Sign,
    Transfer,
    UndoMerge,
    Unlock,
)
from crmcore.customers.commands_file import (
    AddAttachment,
    RecordConsent,
    RecordNeeds,
    RetireAttachment,
    WithdrawConsent,
)
from crmcore.customers.lifecycle_file import FILE_LINES
from crmcore.customers.stages import Absent, Formal, Intent, Merged, Pool, Potential, fall_of
from crmcore.kernel.actors import right
from crmcore.kernel.machine import STAY, Lapse, Machine, Never, Row, When

ON_RECORD = (Pool, Potential, Intent, Formal)
PROTECTED = (Potential, Intent)
OWNED = (Potential, Intent, Formal)

REGISTER = {"register": right("pre-sales"), "register-into-pool": right("manager", "import")}
MERGE = {"merge": right("manager"), "merge-decided": right("manager")}
PRE_SALES = right("pre-sales")
REVIEWERS = right("reviewer", "manager")
MANAGERS = right("manager")
OWNER = right("owner")
OWNER_OR_MANAGER = right("owner", "manager")
OWNER_AND_TEAM = right("owner", "team")
OWNER_AND_AFTER_SALES = right("owner", "after-sales")
EDITORS_IN_POOL = right("pre-sales", "manager", "import")
EDITORS = right("owner", "team", "after-sales", "manager")

CLAIM_LIMITS = When(has.limits, (has.room_in_potential, has.room_in_all, has.claims_left, has.claims_apart))
ON_RECORD_ALREADY = When(alike.any_similar, (alike.no_same_record, alike.no_open_record, alike.no_similar_record))
PROFILE_SAYS = (
    form.reachable,
    is_.known_industry,
    is_.industry_noted,
    is_.full_name,
    form.well_formed,
    is_.fields_valid,
    alike.not_on_record_yet,
    ON_RECORD_ALREADY,
)
FOLLOW_UP_SAYS = (has.has_content, has.known_channel, has.held_before, has.next_action_due)
CONTACT_SAYS = (is_.contacts_named, is_.contact_fields_valid, form.contact_well_formed)

#: What can no longer be done about a record that is merged: everything but undoing that, and erasing.
DONE_ELSEWHERE = (
    ChangeProfile,
    AddContact,
    ChangeContact,
    RecordFollowUp,
    ReassignActions,
    Protect,
    ApproveProtection,
    RefuseProtection,
    ResubmitProtection,
    ApplyForIntent,
    ApproveIntent,
    RefuseIntent,
    RequestExtension,
    ApproveExtension,
    RefuseExtension,
    Abandon,
    Transfer,
    Rebase,
    Lock,
    Unlock,
    Sign,
    HandOver,
    AcceptHandOver,
    Release,
    Merge,
    RecordNeeds,
    AddAttachment,
    RetireAttachment,
    RecordConsent,
    WithdrawConsent,
)

LIFECYCLE = Machine(
    # ---- registering
    Row(
        Absent,
        Register,
        by=REGISTER,
        says=(is_.complete, *PROFILE_SAYS, *CONTACT_SAYS, is_.one_main_contact, is_.pool_known, CLAIM_LIMITS),
        then=then.register,
        to=(Potential, Pool),
    ),
    Never((*ON_RECORD, Merged), Register, because=reasons.ID_TAKEN, by=REGISTER),
    # ---- what is on record
    Row(
        Pool,
        ChangeProfile,
        by=EDITORS_IN_POOL,
        guards=(file.not_erased,),
        says=(is_.nothing_emptied, *PROFILE_SAYS, is_.changes_something),
        then=then.change_profile,
    ),
    Row(
        OWNED,
        ChangeProfile,
        by=EDITORS,
        guards=(file.not_erased,),
        says=(is_.nothing_emptied, *PROFILE_SAYS, is_.changes_something),
        then=then.change_profile,
    ),
    Never(Absent, ChangeProfile, because=reasons.NOT_ON_RECORD),
    Row(Pool, AddContact, by=EDITORS_IN_POOL, guards=(file.not_erased,), says=CONTACT_SAYS, then=then.add_contact),
    Row(OWNED, AddContact, by=EDITORS, guards=(file.not_erased,), says=CONTACT_SAYS, then=then.add_contact),
    Never(Absent, AddContact, because=reasons.NOT_ON_RECORD),
    Row(
        Pool,
        ChangeContact,
        by=EDITORS_IN_POOL,
        guards=(file.not_erased, is_.any_contact),
        says=(*CONTACT_SAYS, is_.contact_known, file.contact_not_erased, is_.contact_changes),
        then=then.change_contact,
    ),
    Row(
        OWNED,
        ChangeContact,
        by=EDITORS,
        guards=(file.not_erased, is_.any_contact),
        says=(*CONTACT_SAYS, is_.contact_known, file.contact_not_erased, is_.contact_changes),
        then=then.change_contact,
    ),
    Never(Absent, ChangeContact, because=reasons.NOT_ON_RECORD),
    # ---- follow-ups
    Row(
        Pool,
        RecordFollowUp,
        by=PRE_SALES,
        guards=(file.not_erased,),
        says=(*FOLLOW_UP_SAYS, has.corrects_known),
        then=then.record_follow_up,
    ),
    Row(
        Potential,
        RecordFollowUp,
        by=OWNER_AND_TEAM,
        guards=(file.not_erased,),
        says=(*FOLLOW_UP_SAYS, has.corrects_known, has.next_contact_given),
        then=then.record_activity,
    ),
    Row(
        Intent,
        RecordFollowUp,
        by=OWNER_AND_TEAM,
        guards=(file.not_erased,),
        says=(*FOLLOW_UP_SAYS, has.corrects_known),
        then=then.record_activity,
    ),
    Row(
        Formal,
        RecordFollowUp,
        by=OWNER_AND_AFTER_SALES,
        guards=(file.not_erased,),
        says=(*FOLLOW_UP_SAYS, has.corrects_known),
        then=then.record_follow_up,
    ),
    Never(Absent, RecordFollowUp, because=reasons.NOT_ON_RECORD),
    Row(
        ON_RECORD,
        ReassignActions,
        by=MANAGERS,
        guards=(has.any_planned,),
        says=(has.another_person, has.has_open_actions),
        then=then.reassign_actions,
    ),
    Never(Absent, ReassignActions, because=reasons.NOT_ON_RECORD),
    # ---- protection
    Row(
        Pool,
        Protect,
        by=PRE_SALES,
        guards=(file.not_erased, is_.cooled_down, CLAIM_LIMITS),
        says=(is_.contact_on_record, is_.contacted, When(has.more_than_the_claim, (*CONTACT_SAYS, *FOLLOW_UP_SAYS))),
        then=then.protect,
        to=(Potential,),
    ),
    Never(OWNED, Protect, because=reasons.PROTECTED_ALREADY, by=PRE_SALES, tell=is_.whose),
    Never(Absent, Protect, because=reasons.NOT_ON_RECORD),
    # ---- review of a new protection
    Row(
        Potential,
        ApproveProtection,
        by=REVIEWERS,
        guards=(has.waiting_for_review, has.not_own_protection),
        then=then.approve_protection,
    ),
    Row(
        Potential,
        RefuseProtection,
        by=REVIEWERS,
        guards=(has.waiting_for_review, has.not_own_protection),
        says=(has.says("note", reasons.NOTE_REQUIRED),),
        then=then.refuse_protection,
    ),
    Row(Potential, ResubmitProtection, by=OWNER, guards=(has.refused_in_review,), then=then.resubmit_protection),
    Never((Pool, Intent, Formal), ApproveProtection, because=reasons.NOTHING_TO_REVIEW, by=REVIEWERS),
    Never((Pool, Intent, Formal), RefuseProtection, because=reasons.NOTHING_TO_REVIEW, by=REVIEWERS),
    Never(Pool, ResubmitProtection, because=reasons.NOT_REFUSED),
    Never((Intent, Formal), ResubmitProtection, because=reasons.NOT_REFUSED, by=OWNER),
    Never(Absent, ApproveProtection, because=reasons.NOT_ON_RECORD),
    Never(Absent, RefuseProtection, because=reasons.NOT_ON_RECORD),
    Never(Absent, ResubmitProtection, because=reasons.NOT_ON_RECORD),
    # ---- potential to intent
    Row(
        Potential,
        ApplyForIntent,
        by=OWNER,
        guards=(has.in_effect, has.nothing_pending, has.before_deadline, has.room_if_automatic),
        says=(has.says("reason", reasons.REASON_REQUIRED_INTENT),),
        then=then.apply_for_intent,
        to=(STAY, Intent),
    ),
    Row(
        Potential,
        ApproveIntent,
        by=REVIEWERS,
        guards=(
            has.pending("intent", reasons.NO_INTENT_APPLICATION),
            has.not_own_request(reasons.OWN_INTENT_APPLICATION),
            has.room_in_intent,
        ),
        then=then.approve_intent,
        to=(Intent,),
    ),
    Row(
        Potential,
        RefuseIntent,
        by=REVIEWERS,
        guards=(
            has.pending("intent", reasons.NO_INTENT_APPLICATION),
            has.not_own_request(reasons.OWN_INTENT_APPLICATION),
        ),
        then=then.refuse_intent,
    ),
    Never(Pool, ApplyForIntent, because=reasons.NOT_POTENTIAL),
    Never((Intent, Formal), ApplyForIntent, because=reasons.NOT_POTENTIAL, by=OWNER),
    Never((Pool, Intent, Formal), ApproveIntent, because=reasons.NO_INTENT_APPLICATION, by=REVIEWERS),
    Never((Pool, Intent, Formal), RefuseIntent, because=reasons.NO_INTENT_APPLICATION, by=REVIEWERS),
    Never(Absent, ApplyForIntent, because=reasons.NOT_ON_RECORD),
    Never(Absent, ApproveIntent, because=reasons.NOT_ON_RECORD),
    Never(Absent, RefuseIntent, because=reasons.NOT_ON_RECORD),
    # ---- a later deadline
    Row(
        Potential,
        RequestExtension,
        by=OWNER,
        guards=(has.in_effect, has.nothing_pending, has.before_deadline, has.extensions_left),
        says=(has.says("reason", reasons.REASON_REQUIRED_EXTENSION),),
        then=then.request_extension,
    ),
    Row(
        Intent,
        RequestExtension,
        by=OWNER,
        guards=(has.nothing_pending, has.before_deadline, has.extensions_left),
        says=(has.says("reason", reasons.REASON_REQUIRED_EXTENSION),),
        then=then.request_extension,
    ),
    Row(
        PROTECTED,
        ApproveExtension,
        by=REVIEWERS,
        guards=(
            has.pending("extension", reasons.NO_EXTENSION_REQUEST),
            has.not_own_request(reasons.OWN_EXTENSION_REQUEST),
        ),
        then=then.approve_extension,
    ),
    Row(
        PROTECTED,
        RefuseExtension,
        by=REVIEWERS,
        guards=(
            has.pending("extension", reasons.NO_EXTENSION_REQUEST),
            has.not_own_request(reasons.OWN_EXTENSION_REQUEST),
        ),
        then=then.refuse_extension,
    ),
    Never(Pool, RequestExtension, because=reasons.NOT_EXTENDABLE),
    Never(Formal, RequestExtension, because=reasons.NOT_EXTENDABLE, by=OWNER),
    Never((Pool, Formal), ApproveExtension, because=reasons.NO_EXTENSION_REQUEST, by=REVIEWERS),
    Never((Pool, Formal), RefuseExtension, because=reasons.NO_EXTENSION_REQUEST, by=REVIEWERS),
    Never(Absent, RequestExtension, because=reasons.NOT_ON_RECORD),
    Never(Absent, ApproveExtension, because=reasons.NOT_ON_RECORD),
    Never(Absent, RefuseExtension, because=reasons.NOT_ON_RECORD),
    # ---- giving up, passing on, keeping
    Row(
        PROTECTED,
        Abandon,
        by=OWNER,
        says=(has.says("reason", reasons.REASON_REQUIRED_ABANDON),),
        then=then.abandon,
        to=(Pool,),
    ),
    Never(Pool, Abandon, because=reasons.NOT_ABANDONABLE),
    Never(Formal, Abandon, because=reasons.ONLY_RELEASE, by=OWNER),
    Never(Absent, Abandon, because=reasons.NOT_ON_RECORD),
    Row(
        PROTECTED,
        Transfer,
        by=MANAGERS,
        says=(
            has.another_owner(reasons.SAME_OWNER),
            has.room_in_same_stage,
            has.room_in_all,
            has.locks_left_if_locked,
        ),
        then=then.transfer,
    ),
    Never((Pool, Formal), Transfer, because=reasons.NOT_TRANSFERABLE, by=MANAGERS),
    Never(Absent, Transfer, because=reasons.NOT_ON_RECORD),
    Row(PROTECTED, Rebase, by=MANAGERS, guards=(has.nothing_pending, has.other_deadline), then=then.rebase),
    Never((Pool, Formal), Rebase, because=reasons.NOT_REBASABLE, by=MANAGERS),
    Never(Absent, Rebase, because=reasons.NOT_ON_RECORD),
    Row(PROTECTED, Lock, by=MANAGERS, guards=(has.not_locked, has.locks_left), then=then.lock),
    Row(PROTECTED, Unlock, by=MANAGERS, guards=(has.is_locked,), then=then.unlock),
    Never((Pool, Formal), Lock, because=reasons.NOT_LOCKABLE, by=MANAGERS),
    Never((Pool, Formal), Unlock, because=reasons.NOT_LOCKED, by=MANAGERS),
    Never(Absent, Lock, because=reasons.NOT_ON_RECORD),
    Never(Absent, Unlock, because=reasons.NOT_ON_RECORD),
    # ---- contracts, and after
    Row(
        (Intent, Formal),
        Sign,
        by=OWNER_OR_MANAGER,
        says=(has.says("contract", reasons.CONTRACT_NUMBER),),
        then=then.sign,
        to=(Formal,),
    ),
    Never(Pool, Sign, because=reasons.NOT_SIGNABLE),
    Never(Potential, Sign, because=reasons.NOT_SIGNABLE, by=OWNER_OR_MANAGER),
    Never(Absent, Sign, because=reasons.NOT_ON_RECORD),
    Row(Formal, HandOver, by=OWNER_OR_MANAGER, says=(has.another_owner(reasons.HANDED_TO_SELF),), then=then.hand_over),
    Row(Formal, AcceptHandOver, by=OWNER, guards=(has.handover_waiting,), then=then.accept_hand_over),
    Never(Pool, HandOver, because=reasons.NOT_FORMAL),
    Never(PROTECTED, HandOver, because=reasons.NOT_FORMAL, by=OWNER_OR_MANAGER),
    Never(Pool, AcceptHandOver, because=reasons.NOTHING_TO_ACCEPT),
    Never(PROTECTED, AcceptHandOver, because=reasons.NOTHING_TO_ACCEPT, by=OWNER),
    Never(Absent, HandOver, because=reasons.NOT_ON_RECORD),
    Never(Absent, AcceptHandOver, because=reasons.NOT_ON_RECORD),
    Row(
        Formal,
        Release,
        by=MANAGERS,
        says=(has.says("reason", reasons.REASON_REQUIRED_RELEASE),),
        then=then.release,
        to=(Pool,),
    ),
    Never((Pool, Potential, Intent), Release, because=reasons.NOT_RELEASABLE, by=MANAGERS),
    Never(Absent, Release, because=reasons.NOT_ON_RECORD),
    # ---- two records of one customer
    Row(
        ON_RECORD,
        Merge,
        by=MERGE,
        says=(
            has.says("reason", reasons.REASON_REQUIRED_MERGE),
            two.into_another,
            two.survivor_on_record,
            two.survivor_stands,
            When(two.two_standing, two.COMPARED),
        ),
        then=merging.merge,
        to=(Merged,),
    ),
    Never(Absent, Merge, because=reasons.NOT_ON_RECORD),
    Row(
        Merged,
        UndoMerge,
        by=MANAGERS,
        guards=(
            two.nothing_built,
            When(
                has.limits,
                tuple(map(two.back, (has.room_in_same_stage, has.room_in_all, has.locks_left_if_locked))),
            ),
            two.without(has.room_in_same_stage),
            two.without(has.room_in_all),
        ),
        says=(has.says("reason", reasons.REASON_REQUIRED_UNDO),),
        then=merging.undo_merge,
        to=ON_RECORD,
    ),
    Never(ON_RECORD, UndoMerge, because=reasons.NOT_MERGED, by=MANAGERS),
    Never(Absent, UndoMerge, because=reasons.NOT_ON_RECORD),
    *(Never(Merged, command, because=reasons.MERGED, tell=two.into_whom) for command in DONE_ELSEWHERE),
    *FILE_LINES,
    # ---- what time alone does
    Lapse(Potential, when=fall_of, then=then.fall, to=(Pool,)),
    Lapse(Intent, when=fall_of, then=then.fall, to=(Pool,)),
    permitted=is_.permitted,
    first=(is_.in_order,),
)
