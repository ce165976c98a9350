"""The development OpenID Connect provider.

A real provider over HTTP with real RS256 keys, on an origin of its own, speaking two dialects: that of GビズID
(as an independent description of its connection guideline has it) and a generic one as local governments' issuers
may speak. It has no passwords: whoever can reach it may be any of the demo people, so it binds to loopback only.
"""

from app.demo.provider.application import Provider, create_provider
from app.demo.provider.config import ClientConfig, IssuerConfig, ProviderConfig
from app.demo.provider.faults import Faults
from app.demo.provider.people import AccountKind, Person, load_people
from app.demo.provider.serving import RunningProvider, run_provider, running_provider

__all__ = [
    "AccountKind",
    "ClientConfig",
    "Faults",
    "IssuerConfig",
    "Person",
    "Provider",
    "ProviderConfig",
    "RunningProvider",
    "create_provider",
    "load_people",
    "run_provider",
    "running_provider",
]
