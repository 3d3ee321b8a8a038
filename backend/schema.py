"""All tables in one place, for migrations."""

from backend.acceptances import models as acceptances
from backend.access import models as access
from backend.audit import models as audit
from backend.chain import models as chain
from backend.chain.intents import models as intents
from backend.chain.projections import claim_models
from backend.chain.projections import models as projections
from backend.claims import models as claims
from backend.custody import models as custody
from backend.evidence import models as evidence
from backend.http import models as http
from backend.identity.api_keys import models as api_keys
from backend.identity.attempts import models as attempts
from backend.identity.grants import models as grants
from backend.identity.oidc import models as oidc
from backend.identity.passkeys import models as passkeys
from backend.identity.passwords import models as passwords
from backend.identity.people import models as people
from backend.identity.sessions import models as sessions
from backend.identity.tickets import models as tickets
from backend.identity.totp import models as totp
from backend.identity.wallets import models as wallets
from backend.intake import models as intake
from backend.notices import models as notices
from backend.policies import models as policies
from backend.policy_orders import models as policy_orders
from backend.product_files import models as product_files
from backend.products import models as products
from backend.quotes import models as quotes
from backend.security_mail import models as security_mail
from backend.service import models as service
from backend.settlements import models as settlements
from backend.tables import Base
from backend.tenants import models as tenants
from backend.told_events import models as told_events
from backend.treasury import models as treasury
from backend.underwriting import models as underwriting
from backend.vault import models as vault
from backend.webhooks import models as webhooks
from backend.workflows import models as workflows

METADATA = Base.metadata
MODELS = (
    acceptances,
    access,
    api_keys,
    attempts,
    audit,
    chain,
    claim_models,
    claims,
    custody,
    evidence,
    grants,
    http,
    intake,
    intents,
    notices,
    oidc,
    passkeys,
    passwords,
    people,
    policies,
    policy_orders,
    product_files,
    products,
    projections,
    quotes,
    service,
    security_mail,
    sessions,
    settlements,
    tenants,
    tickets,
    told_events,
    totp,
    treasury,
    underwriting,
    vault,
    wallets,
    webhooks,
    workflows,
)
