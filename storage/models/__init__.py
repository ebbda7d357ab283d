"""The tables, one noun a file; importing this package makes `Base.metadata` whole."""

from storage.models.audit import Audit
from storage.models.base import Base
from storage.models.conversations import Arrival, Attachment, ChatLine, Conversation, Seen
from storage.models.deliveries import Allowance, Attempt, Broadcast, Delivery, Pause, Post, Recall
from storage.models.items import Item, ItemStatus, Mute, Snooze
from storage.models.notices import Answered, KnowledgeVersion, Notice, Passage, Proposal, Unanswered
from storage.models.offers import Offer
from storage.models.people import (
    BindCode,
    Binding,
    Called,
    ClassGroup,
    ClassStaff,
    Committee,
    Consent,
    School,
    Staff,
    Student,
    Throttle,
)
from storage.models.platforms import PlatformToken, ServiceWindow
from storage.models.replies import GroupChat, HeldReply, Link, Polling
from storage.models.submissions import Submission

__all__ = [
    "Allowance",
    "Answered",
    "Arrival",
    "Attachment",
    "Attempt",
    "Audit",
    "Base",
    "BindCode",
    "Binding",
    "Broadcast",
    "Called",
    "ChatLine",
    "ClassGroup",
    "ClassStaff",
    "Committee",
    "Consent",
    "Conversation",
    "Delivery",
    "GroupChat",
    "HeldReply",
    "Item",
    "ItemStatus",
    "KnowledgeVersion",
    "Link",
    "Mute",
    "Notice",
    "Offer",
    "Passage",
    "Pause",
    "PlatformToken",
    "Polling",
    "Post",
    "Proposal",
    "Recall",
    "School",
    "Seen",
    "ServiceWindow",
    "Snooze",
    "Staff",
    "Student",
    "Submission",
    "Throttle",
    "Unanswered",
]
