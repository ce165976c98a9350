"""What other capabilities and pages use of listings: one name for reading, drafting, submitting, ending, selling."""

from app.listings.drafts import edit, register_offer, register_software, replace_section
from app.listings.reading import (
    Ending,
    PinnedRevision,
    Published,
    all_page,
    list_revisions,
    owned_page,
    published,
    published_entry,
    published_many,
    published_offers,
    published_page,
    read_entry,
    read_revision,
    revision_for_buyer,
)
from app.listings.views import EntryView, OwnerCard, RevisionView, SellerView

__all__ = [
    "Ending",
    "EntryView",
    "OwnerCard",
    "PinnedRevision",
    "Published",
    "RevisionView",
    "SellerView",
    "all_page",
    "edit",
    "list_revisions",
    "owned_page",
    "published",
    "published_entry",
    "published_many",
    "published_offers",
    "published_page",
    "read_entry",
    "read_revision",
    "register_offer",
    "register_software",
    "replace_section",
    "revision_for_buyer",
]
