"""All tables in one metadata: importing this module makes every model known to Alembic."""

from sqlmodel import SQLModel

import app.access.models
import app.audit.models
import app.conformance.models
import app.conformance.verification_models
import app.files.models
import app.identity.models
import app.indexing.models
import app.insights.models
import app.jobs.models
import app.listings.models
import app.notifications.models
import app.organisations.body_models
import app.organisations.expiry_models
import app.organisations.models
import app.outbox.models
import app.procurement.confirmation_models
import app.procurement.document_models
import app.procurement.models
import app.review.desk_models
import app.review.models
import app.review.official_models
import app.review.suspension_models
import app.search_words.models  # imported for their tables
import app.specifications.models  # noqa: F401  # imported for their tables

metadata = SQLModel.metadata
