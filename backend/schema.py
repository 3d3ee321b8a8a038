"""All tables in one place, for migrations."""

from backend.acceptances import models as acceptances
from backend.access import models as access
from backend.audit import models as audit
from backend.chain import models as chain
from backend.chain.intents import models as intents
from backend.chain.projections import claim_models
from backend.chain.projections import models as projections
from backend.policies import models as policies
from backend.products import models as products
from backend.quotes import models as quotes
from backend.settlements import models as settlements
from backend.tables import Base
from backend.treasury import models as treasury
from backend.vault import models as vault
from backend.workflows import models as workflows

METADATA = Base.metadata
MODELS = (
    acceptances,
    access,
    audit,
    chain,
    claim_models,
    intents,
    policies,
    products,
    projections,
    quotes,
    settlements,
    treasury,
    vault,
    workflows,
)
