"""What other capabilities and pages use of listings: one name for reading, drafting, submitting, ending, selling."""

from app.listings.drafts import check_etag, edit, register_offer, register_software, replace_section
from app.listings.lifetime import resume, retire, suspend, withdraw
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
from app.listings.sellers import accept as accept_seller
from app.listings.sellers import authorise_seller, sellers_of, selling
from app.listings.sellers import end as end_seller
from app.listings.submission import (
    claim_for_review,
    decide,
    lock_revision,
    recall,
    release_from_review,
    submit,
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
    "accept_seller",
    "all_page",
    "authorise_seller",
    "check_etag",
    "claim_for_review",
    "decide",
    "edit",
    "end_seller",
    "list_revisions",
    "lock_revision",
    "owned_page",
    "published",
    "published_entry",
    "published_many",
    "published_offers",
    "published_page",
    "read_entry",
    "read_revision",
    "recall",
    "register_offer",
    "register_software",
    "release_from_review",
    "replace_section",
    "resume",
    "retire",
    "revision_for_buyer",
    "sellers_of",
    "selling",
    "submit",
    "suspend",
    "withdraw",
]
